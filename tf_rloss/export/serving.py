"""The functions that a server runs: preprocessing, segmenter, label map."""

from collections.abc import Callable

import keras
import tensorflow as tf

from tf_rloss.export.orientation import turn_upright


class UnservableError(ValueError):
    """A graph has ops that a server lacks.

    Attributes:
        ops: their names.
    """

    def __init__(self, ops: list[str]) -> None:
        super().__init__(
            "`segmenter` must consist of stock ops, so that it can be served. "
            f"Received a model with {', '.join(ops)}; keep such ops in the losses, or "
            "allow those of tf_rloss by `custom_ops=True`: then the model needs their "
            "library when it is loaded"
        )
        self.ops = ops


class Serving(tf.Module):
    """Owns the variables of a segmenter, and the assets, in a SavedModel.

    It holds plain variables instead of the Keras model, and no functions, so that the
    file contains nothing but the signatures.

    Args:
        segmenter: Keras model.
    """

    def __init__(self, segmenter: keras.Model) -> None:
        super().__init__(name="segmenter")
        self.weights = [variable.value for variable in segmenter.variables]


class AtScale(keras.layers.Layer):
    """Applies a segmenter to resized images and answers at their own size.

    Args:
        segmenter: Keras model from images (B, H, W, 3) to probabilities (B, H, W, K).
        scale: factor by which images are resized for it, above 0.
    """

    def __init__(self, segmenter: keras.Model, scale: float) -> None:
        super().__init__(name="at_scale")
        self._segmenter, self._scale = segmenter, scale

    def call(self, image: tf.Tensor) -> tf.Tensor:
        """Returns the probabilities (B, H, W, K) of images (B, H, W, 3)."""
        size = tf.shape(image)[1:3]
        scaled = tf.round(tf.cast(size, tf.float32) * self._scale)
        scaled = tf.maximum(tf.cast(scaled, tf.int32), 1)
        resize = reduce_to if self._scale < 1.0 else tf.image.resize
        resized = resize(image, scaled)
        probs = self._segmenter(resized, training=False)
        # Bilinear weights are not negative and sum to 1: a distribution stays one.
        return tf.image.resize(tf.cast(probs, tf.float32), size)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """Returns the shape of the probabilities."""
        return (*input_shape[:3], self._segmenter.output_shape[-1])


def reduce_to(image: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Reduces images as `tf.image.resize(..., antialias=True)` does, by matrices.

    ONNX and LiteRT do not know the op behind that function. Along each axis, output i
    is a mean of the inputs j with weights max(0, 1 - |s (j + 1/2) - (i + 1/2)|), where
    s is the output's length over the input's.

    Args:
        image: float tensor (B, H, W, C).
        size: int32 tensor (2,), height and width, at most those of the image.

    Returns:
        Tensor (B, height, width, C).
    """
    for axis in (1, 2):
        length, wanted = tf.shape(image)[axis], size[axis - 1]
        places = tf.range(tf.cast(length, tf.float32)) + 0.5
        scaled = places * tf.cast(wanted, tf.float32) / tf.cast(length, tf.float32)
        centres = tf.range(tf.cast(wanted, tf.float32)) + 0.5
        weights = tf.maximum(1.0 - tf.abs(scaled - centres[:, tf.newaxis]), 0.0)
        weights /= tf.reduce_sum(weights, axis=1, keepdims=True)
        image = tf.tensordot(weights, image, [[1], [axis]])
        image = tf.transpose(image, [1, 0, 2, 3] if axis == 1 else [1, 2, 0, 3])
    return image


def make_signatures(segmenter: keras.Model) -> dict[str, Callable]:
    """Traces the functions that serve a segmenter.

    Args:
        segmenter: Keras model from float images (B, H, W, 3) in [0, 255] to
            probabilities (B, H, W, K).

    Returns:
        Concrete functions `serving_default`, `uint8` and `encoded`, each returning
        `probabilities` and `labels`.
    """
    images = (None, None, None, 3)

    @tf.function(input_signature=[tf.TensorSpec(images, tf.float32, name="image")])
    def from_float(image):
        return _outputs(segmenter(image, training=False))

    # These call the first, so that the file holds one copy of the network.
    @tf.function(input_signature=[tf.TensorSpec(images, tf.uint8, name="image")])
    def from_uint8(image):
        return from_float(tf.cast(image, tf.float32))

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="encoded")])
    def from_encoded(encoded):
        return from_uint8(decode_images(encoded))

    return {
        "serving_default": from_float.get_concrete_function(),
        "uint8": from_uint8.get_concrete_function(),
        "encoded": from_encoded.get_concrete_function(),
    }


def decode_images(encoded: tf.Tensor) -> tf.Tensor:
    """Decodes PNG, JPEG, BMP or GIF (first frame) to RGB.

    Args:
        encoded: string tensor (B,), the bytes of images of one size, B >= 1.

    Returns:
        uint8 tensor (B, H, W, 3), upright: a JPEG or PNG file is turned as its
        EXIF orientation says. Opacity is dropped, grey is repeated.

    Raises:
        InvalidArgumentError: when run on no image, on images of different sizes,
            or on bytes that are not an image.
    """
    not_empty = tf.debugging.assert_positive(
        tf.size(encoded), message="`encoded` must hold at least one image."
    )
    with tf.control_dependencies([not_empty] if not_empty is not None else []):
        size = tf.shape(_decode(encoded[0]))

    def decode_same_size(one: tf.Tensor) -> tf.Tensor:
        image = _decode(one)
        same = tf.debugging.Assert(
            tf.reduce_all(tf.shape(image) == size),
            ["Images of a batch must be of one size.", size, tf.shape(image)],
        )
        with tf.control_dependencies([same] if same is not None else []):
            return tf.identity(image)

    return tf.map_fn(
        decode_same_size,
        encoded,
        fn_output_signature=tf.TensorSpec((None, None, 3), tf.uint8),
    )


def unservable_ops(signatures: dict[str, Callable]) -> list[str]:
    """Returns the ops of the graphs that a server without this package lacks.

    Args:
        signatures: name to concrete function.

    Returns:
        Sorted names of the ops that are in a namespace, as all ops of this package are
        (`Rloss>...`), or that call back into Python.
    """
    found = set()
    for function in signatures.values():
        graph = function.graph.as_graph_def()
        bodies = [graph.node, *(body.node_def for body in graph.library.function)]
        found.update(node.op for body in bodies for node in body)
    python = {"PyFunc", "PyFuncStateless", "EagerPyFunc"}
    return sorted(op for op in found if ">" in op or op in python)


def check_ops(signatures: dict[str, Callable], custom_ops: bool) -> list[str]:
    """Returns `unservable_ops`, all of them of this package.

    Args:
        signatures: name to concrete function.
        custom_ops: whether such ops are allowed.

    Raises:
        UnservableError: if there are others, or they are not allowed.
    """
    needed = unservable_ops(signatures)
    refused = [op for op in needed if not (custom_ops and op.startswith("Rloss>"))]
    if refused:
        raise UnservableError(refused)
    return needed


def _decode(encoded: tf.Tensor) -> tf.Tensor:
    """Decodes one image to uint8 (H, W, 3), upright."""
    image = tf.io.decode_image(encoded, channels=3, expand_animations=False)
    image = tf.ensure_shape(image, (None, None, 3))
    return tf.ensure_shape(turn_upright(image, encoded), (None, None, 3))


def _outputs(probs: tf.Tensor) -> dict[str, tf.Tensor]:
    """Returns probabilities and the class of the largest, at every pixel."""
    labels = tf.argmax(probs, axis=-1, output_type=tf.int32)
    return {
        "probabilities": tf.cast(probs, tf.float32),
        "labels": tf.cast(labels, tf.uint8),
    }
