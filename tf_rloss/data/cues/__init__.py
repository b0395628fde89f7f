"""Localization cues: small label maps that say where a classifier sees the classes."""
