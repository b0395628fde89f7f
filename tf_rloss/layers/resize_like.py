"""Bilinear resizing to the height and width of another tensor."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="tf_rloss")
class ResizeLike(keras.layers.Layer):
    """Resizes `inputs` bilinearly to the height and width of `reference`.

    Keras' own resizing layers need the size, or a whole factor, when the model is
    built; this one reads the size at run time, so that a network accepts images of
    any size and answers at exactly that size. Pixel centres lie at half integers
    (not `align_corners`), and the values are computed in float32.

    Call arguments:
        inputs: float tensor (B, h, w, C).
        reference: tensor (B, H, W, any); only its shape is used.

    Returns:
        Tensor (B, H, W, C) in the layer's compute dtype.
    """

    def call(self, inputs, reference):
        size = tf.shape(reference)[1:3]
        resized = tf.image.resize(inputs, size, method="bilinear")
        return tf.cast(resized, self.compute_dtype)

    def compute_output_shape(self, inputs_shape, reference_shape):
        return (inputs_shape[0], *reference_shape[1:3], inputs_shape[-1])
