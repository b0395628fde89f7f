"""PASCAL VOC 2012 with scribbles for TensorFlow Datasets.

The builder is in `voc2012_scribble_dataset_builder`, the one module that needs
TensorFlow Datasets to be imported.
"""
