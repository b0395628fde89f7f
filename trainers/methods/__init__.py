"""The methods of training: with scribbles, masks, tags, and unlabelled images."""
