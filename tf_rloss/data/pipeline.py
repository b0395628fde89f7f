"""`tf.data` pipelines: endless shuffled batches for training, and for evaluation one
image after another."""

import tensorflow as tf

from tf_rloss.data.augmentation import Augmentation
from tf_rloss.data.order import AUGMENTATION_STREAM, mixed_order, shuffled_order
from tf_rloss.data.source import Source

IMAGE_TARGETS = ("image", "unlabelled_image", "scribbled_image")
TARGETS = ("scribble", "mask", "cues", "tags", *IMAGE_TARGETS)
"""Names of the targets that a training pipeline can yield."""


def train_pipeline(
    source: Source,
    *,
    batch_size: int,
    crop_size: int | tuple[int, int],
    seed: int = 0,
    augmentation: Augmentation | None = None,
    start_step: int = 0,
    targets: tuple[str, ...] = ("scribble", "image"),
    shard: tuple[int, int] = (0, 1),
    labelled_per_batch: int | None = None,
) -> tf.data.Dataset:
    """Returns endless training batches, which depend on the seed and the step only.

    Batch t is the same whether the pipeline starts at step 0 or at step t, and skipped
    images are never read. Every epoch visits each image once, in an order drawn from
    (seed, epoch). A batch can hold the end of one epoch and the begin of the next.

    Args:
        source: the images and their labels.
        batch_size: number of images B in a batch of all workers together.
        crop_size: size of the crops in pixels, one side or (height, width).
        seed: seed of the order and of the augmentation.
        augmentation: random changes of the images; default `Augmentation()`.
        start_step: number of batches to skip.
        targets: names of the targets to yield, from `TARGETS`.
        shard: `(index, count)` yields part `index` of the `count` equal parts of every
            batch, so that `count` workers together see the batches of one process.
        labelled_per_batch: number of labelled images in every batch. Labelled and
            unlabelled images then have epochs of their own. None shuffles all images
            together.

    Returns:
        Dataset of `(image, {name: target})`. The image is float32 (B, h, w, C) in
        [0, 255], with C = 3 for RGB. The targets are

        - "scribble", "mask" and "cues": int32 (B, h, w), 255 = unlabelled.
        - "tags": float32 (B, K), 1 for the classes in the whole image, else 0.
        - "image": float32 (B, h, w, C + 1), the colours before the jitter, and the
          region of interest, which is 1 in the image and 0 in the padding.
        - "unlabelled_image": as "image", with a region of 0 where an image has labels.
        - "scribbled_image": float32 (B, h, w, C + 2), "image" and then the scribble.

    Raises:
        ValueError: if `batch_size` is not a multiple of `count`, a target is unknown or
            missing in the source, or `labelled_per_batch` leaves labelled or unlabelled
            images without a row.
    """
    index, count = shard
    _check_targets(source, targets)
    _check_shard(batch_size, index, count)
    crop = (crop_size, crop_size) if isinstance(crop_size, int) else tuple(crop_size)
    augmentation = Augmentation() if augmentation is None else augmentation
    needed = {"scribbled_image": "scribble"}
    labels = {needed.get(target, target) for target in targets} - set(IMAGE_TARGETS)
    rows = batch_size // count
    labelled = source.labelled

    def example(position, image_index):
        loaded = source.load_tensors(image_index)
        loaded = {name: loaded[name] for name in loaded if name in {"image", *labels}}
        stream = tf.stack([seed * 2 + AUGMENTATION_STREAM, position])
        augmented = augmentation(loaded, crop, stream)
        signals = augmented | {"image": augmented["target_image"]}
        if "unlabelled_image" in targets:
            excluded = tf.gather(tf.constant(labelled), image_index)
            signals["unlabelled_image"] = _without_region(signals["image"], excluded)
        if "scribbled_image" in targets:
            signals["scribbled_image"] = _with_scribble(augmented)
        return augmented["image"], {name: signals[name] for name in targets}

    if labelled_per_batch is None:
        dataset = shuffled_order(len(source), seed, start_step * batch_size)
    else:
        dataset = mixed_order(
            labelled, seed, start_step, batch_size, labelled_per_batch
        )
    if count > 1:
        dataset = dataset.filter(
            lambda position, _: position % batch_size // rows == index
        )
    dataset = dataset.map(example, tf.data.AUTOTUNE, deterministic=True)
    dataset = dataset.batch(rows, drop_remainder=True)
    return dataset.with_options(_options()).prefetch(tf.data.AUTOTUNE)


def eval_pipeline(source: Source) -> tf.data.Dataset:
    """Returns the images of a source one by one and in order, for evaluation.

    Returns:
        Dataset of `{"image": uint8 (H, W, 3), "mask": uint8 (H0, W0), "scribble":
        uint8 (H0, W0), "cues": uint8 (H, W), "tags": float32 (K,), "index": int64}`,
        without batches. (H0, W0) is the size of the annotation, which differs from the
        image's where the source scales its images. Images of another form than RGB
        are float32 (H, W, C).
    """

    def example(index):
        return source.load_tensors(index, original_labels=True) | {"index": index}

    dataset = tf.data.Dataset.range(len(source))
    dataset = dataset.map(example, tf.data.AUTOTUNE, deterministic=True)
    return dataset.with_options(_options()).prefetch(tf.data.AUTOTUNE)


def _without_region(image, excluded):
    """Sets the region of interest of (h, w, C + 1) to 0 where `excluded` is true."""
    factors = [*[1.0] * (image.shape[-1] - 1), 1.0 - tf.cast(excluded, tf.float32)]
    return image * tf.stack(factors)


def _with_scribble(augmented):
    """Joins colours, region of interest and scribble into float32 (h, w, C + 2)."""
    scribble = tf.cast(augmented["scribble"], tf.float32)[..., None]
    return tf.concat([augmented["target_image"], scribble], -1)


def _options():
    options = tf.data.Options()
    options.deterministic = True
    # `shard` divides the data among workers; TensorFlow must not divide it again.
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.OFF
    )
    return options


def _check_targets(source, targets):
    unknown = [target for target in targets if target not in TARGETS]
    if unknown or not targets:
        raise ValueError(
            f"`targets` must be one or more of {TARGETS}. Received: targets={targets}"
        )
    for target, available in (
        ("scribble", source.has_scribbles),
        ("scribbled_image", source.has_scribbles),
        ("mask", source.has_masks),
        ("cues", source.has_cues),
    ):
        if target in targets and not available:
            raise ValueError(
                f"`targets` asks for {target!r}, which source {source.name!r} does "
                f"not have. Received: targets={targets}"
            )


def _check_shard(batch_size, index, count):
    if batch_size < 1 or count < 1 or batch_size % count:
        raise ValueError(
            "`batch_size` must be positive and divisible by the number of workers. "
            f"Received: batch_size={batch_size}, shard=({index}, {count})"
        )
    if not 0 <= index < count:
        raise ValueError(
            "`shard` must be (index, count) with 0 <= index < count. "
            f"Received: shard=({index}, {count})"
        )
