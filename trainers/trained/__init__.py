"""Trained segmenters: reading them back, scoring, exporting and using them."""
