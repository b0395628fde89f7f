"""Localization cues: computed from activation maps, and read from files."""
