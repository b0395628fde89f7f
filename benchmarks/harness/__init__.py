"""Measures functions side by side, and writes tables, CSV files and plots."""
