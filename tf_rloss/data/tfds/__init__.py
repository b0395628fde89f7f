"""Data sets of TensorFlow Datasets (TFDS), and PASCAL VOC 2012 as one of them."""
