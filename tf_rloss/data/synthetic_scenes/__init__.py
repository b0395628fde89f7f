"""Synthetic scenes: the data that needs no download, drawn from a seed."""
