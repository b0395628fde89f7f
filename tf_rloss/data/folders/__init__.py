"""Data in a folder of image files: readers, and the check of every file."""
