"""The paper's tables and figures, one file each: lists of runs, and their reports."""
