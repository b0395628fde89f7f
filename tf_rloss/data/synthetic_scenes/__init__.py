"""Synthetic scenes: images with masks that are drawn from a seed, not downloaded."""
