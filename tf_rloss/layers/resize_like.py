"""Bilinear resizing to the height and width of another tensor."""

import keras
import tensorflow as tf

from tf_rloss.layers.shapes import Shape


@keras.saving.register_keras_serializable(package="tf_rloss")
class ResizeLike(keras.layers.Layer):
    """Resizes `inputs` bilinearly to the height and width of `reference`.

    Keras' own resizing layers need the size, or a whole factor, when the model is
    built. This layer reads the size at run time, so that a network takes images of any
    size and its output has exactly that size. Pixel centres lie at half integers
    (not `align_corners`), and the values are computed in float32.

    Call arguments:
        inputs: float tensor (B, h, w, C).
        reference: tensor (B, H, W, any); only its shape is used.

    Returns:
        Tensor (B, H, W, C) in the layer's compute dtype.
    """

    def call(self, inputs: tf.Tensor, reference: tf.Tensor) -> tf.Tensor:
        size = tf.shape(reference)[1:3]
        resized = tf.image.resize(inputs, size, method="bilinear")
        return tf.cast(resized, self.compute_dtype)

    def compute_output_shape(
        self, inputs_shape: Shape, reference_shape: Shape
    ) -> Shape:
        return (inputs_shape[0], *reference_shape[1:3], inputs_shape[-1])
