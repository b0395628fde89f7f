"""Data that lies in a folder of image files: readers, and checks of every file."""
