"""Scribbles: simulated from masks, shortened, and read from files of annotations."""
