"""For each program: which contestants it measures, and the rows of its tables."""
