"""The orientation of JPEG files in TensorFlow, against Pillow's."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from tests.export.tiny_export import save_tiny
from tests.trainers.tiny_run import random_image
from tf_rloss.export import load_exported
from tf_rloss.export.orientation import read_orientation, turn_upright

ORIENTATION = 0x0112


def _encoded(orientation=None, little=True, kind="JPEG", **options):
    """The bytes of a picture of 6 x 10 pixels with this orientation."""
    exif = Image.Exif()
    exif.endian = "<" if little else ">"
    exif[0x010F] = "maker"
    if orientation is not None:
        exif[ORIENTATION] = orientation
    file = io.BytesIO()
    Image.fromarray(random_image(6, 10)).save(file, kind, exif=exif, **options)
    return file.getvalue()


def _upright(encoded):
    with Image.open(io.BytesIO(encoded)) as picture:
        return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("little", [True, False])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_as_pillow_turns_them(orientation, little, kind):
    encoded = _encoded(orientation, little, kind)
    assert read_orientation(encoded) == orientation
    stored = np.asarray(Image.open(io.BytesIO(encoded)))
    np.testing.assert_array_equal(turn_upright(stored, encoded), _upright(encoded))


def test_the_note_is_found_behind_other_segments():
    encoded = _encoded(6, comment=b"Exif and nothing else" * 9)
    start = encoded.index(b"\xff\xe1")
    other = b"\xff\xe1\x00\x10http://ns.adobe"[:18]
    assert read_orientation(encoded[:start] + other + encoded[start:]) == 6


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\xff\xd8",
        _encoded(None),
        _encoded(0),
        _encoded(9),
        _encoded(None, kind="PNG"),
        _encoded(6, kind="BMP"),
        _encoded(6, kind="PNG")[:40],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 60,
        b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffeXIfII*\0",
        _encoded(6)[:40],
        b"\xff\xd8" + b"\xff\xe0\x00\x00" * 50,
        b"\xff\xd8\xff\xe1\xff\xffExif\0\0II*\0\xff\xff\xff\xff",
    ],
)
def test_without_a_whole_note_the_image_is_upright(encoded):
    assert read_orientation(encoded) == 1


def test_damaged_notes_give_a_valid_orientation():
    read = tf.function(read_orientation, input_signature=[tf.TensorSpec((), tf.string)])
    rng = np.random.default_rng(0)
    whole = [
        np.frombuffer(_encoded(6, kind=k)[:120], np.uint8) for k in ("JPEG", "PNG")
    ]
    for number in range(300):
        damaged = whole[number % 2].copy()
        damaged[rng.integers(2, len(damaged), 4)] = rng.integers(0, 256, 4)
        assert 1 <= read(damaged.tobytes()) <= 8


def test_the_export_sees_an_upright_image(tmp_path):
    """Protects: the signature `encoded` ignored the orientation."""
    encoded = _encoded(6)
    model = load_exported(save_tiny(tmp_path / "model"))
    outputs = model.signatures["encoded"](encoded=tf.constant([encoded]))
    assert outputs["labels"].shape == (1, 10, 6)
    np.testing.assert_allclose(
        outputs["probabilities"][0],
        model(_upright(encoded)[None])[0],
        rtol=0,
        atol=0.02,  # Decoders differ by a rounding or two of 255.
    )
