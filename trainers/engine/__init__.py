"""The training loop: every training is a recipe, a config and images for `run.run`."""
