"""Checks and times the GPU kernels through ctypes, without TensorFlow."""
