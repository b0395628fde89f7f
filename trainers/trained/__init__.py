"""Trained segmenters: loading, scoring and exporting them, and labelling images."""
