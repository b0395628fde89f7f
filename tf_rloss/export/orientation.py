"""The orientation that a JPEG or PNG file notes, in ops that a server has."""

import tensorflow as tf

_SEARCHED = 1 << 18
"""Bytes at the beginning of a file in which the note is looked for."""
_MOST_ENTRIES = 256
"""Entries of the first directory that are looked at; cameras write a dozen."""
_ORIENTATION = 0x0112


def turn_upright(image: tf.Tensor, encoded: tf.Tensor) -> tf.Tensor:
    """Turns an image by the EXIF orientation of its file.

    Args:
        image: tensor (H, W, C), as it is stored.
        encoded: string scalar, the bytes of the file.

    Returns:
        Tensor (H, W, C) or (W, H, C). Files without a note, or of another kind, leave
        the image as it is.
    """
    note = read_orientation(encoded)

    def apply(turn, when: list[int], image: tf.Tensor) -> tf.Tensor:
        return tf.cond(tf.reduce_any(note == when), lambda: turn(image), lambda: image)

    image = apply(lambda x: tf.transpose(x, [1, 0, 2]), [5, 6, 7, 8], image)
    image = apply(lambda x: tf.reverse(x, [0]), [3, 4, 7, 8], image)
    return apply(lambda x: tf.reverse(x, [1]), [2, 3, 6, 7], image)


def read_orientation(encoded: tf.Tensor) -> tf.Tensor:
    """Returns the EXIF orientation of a file, int32 from 1 to 8; 1 without one.

    The note is entry 0x0112 of the first directory of a TIFF structure (Exif 2.32,
    section 4.6.4): in segment APP1 of a JPEG file, or in the chunk eXIf of a PNG file
    before its picture. Damaged structures count as none.

    Args:
        encoded: string scalar.
    """
    # Zeros at the end stand for bytes beyond it, which `byte` is never asked for.
    head = tf.strings.join([tf.strings.substr(encoded, 0, _SEARCHED), b"\0" * 16])
    data = tf.cast(tf.io.decode_raw(head, tf.uint8), tf.int32)

    def byte(at):
        return tf.gather(data, tf.clip_by_value(at, 0, tf.size(data) - 1))

    def big_endian(at):
        return byte(at) * 256 + byte(at + 1)

    # Segments: 0xFF, a marker, the length of the rest. 0xDA begins the picture.
    def goes_on(at):
        is_exif = (byte(at + 1) == 0xE1) & (big_endian(at + 4) == 0x4578)  # "Ex"
        return (byte(at) == 0xFF) & (byte(at + 1) != 0xDA) & tf.logical_not(is_exif)

    start = tf.constant(2)
    (segment,) = tf.while_loop(
        goes_on, lambda at: (at + 2 + tf.maximum(big_endian(at + 2), 1),), (start,)
    )

    # Chunks: the length of the content, four letters, the content, four bytes.
    is_png = big_endian(0) == 0x8950

    def follows(at):
        kind, inside = big_endian(at + 4), at < tf.size(data)
        return is_png & inside & (kind != 0x6558) & (kind != 0x4944)  # "eX", "ID"

    def after(at):
        high, low = big_endian(at), big_endian(at + 2)
        return (at + 12 + tf.where(high < 4, high * 65536 + low, _SEARCHED),)

    (chunk,) = tf.while_loop(follows, after, (tf.constant(8),))
    tiff = tf.where(is_png, chunk + 8, segment + 10)
    little = byte(tiff) == 0x49  # "I" of Intel

    def two_bytes(at):
        swapped = byte(at) + byte(at + 1) * 256
        return tf.where(little, swapped, big_endian(at))

    # A directory beyond the first 64 KB of the segment is damaged.
    high, low = two_bytes(tiff + 4), two_bytes(tiff + 6)
    directory = tiff + tf.where(little, high, low)
    count = tf.minimum(two_bytes(directory), _MOST_ENTRIES)
    entries = directory + 2 + 12 * tf.range(count)
    values = tf.boolean_mask(two_bytes(entries + 8), two_bytes(entries) == _ORIENTATION)
    note = tf.concat([values, [1]], 0)[0]
    is_jpeg = (big_endian(0) == 0xFFD8) & (byte(segment + 1) == 0xE1)
    noted = is_jpeg | (is_png & (big_endian(chunk + 4) == 0x6558))
    return tf.where(noted & (note >= 1) & (note <= 8), note, 1)
