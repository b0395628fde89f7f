"""Data sets of TensorFlow Datasets (TFDS), among them PASCAL VOC with scribbles."""
