"""The experiments of the paper, for `trainers.reproduce`."""
