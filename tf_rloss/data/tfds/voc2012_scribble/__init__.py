"""PASCAL VOC 2012 with scribbles for TensorFlow Datasets.

The builder is in `voc2012_scribble_dataset_builder`, which is the only module that
imports TensorFlow Datasets at once.
"""
