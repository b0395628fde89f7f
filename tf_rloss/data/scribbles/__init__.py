"""Scribbles: simulated from masks, shortened, or read from annotation files."""
