"""Which images to use: options, and the sources that they mean."""
