"""Builds and packs the project; not part of the installed package."""
