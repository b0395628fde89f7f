"""What trainings minimize: losses on scribbles, masks, tags and unlabelled images."""
