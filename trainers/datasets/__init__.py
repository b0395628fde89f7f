"""The images of a run: options that choose them, and the sources that hold them."""
