"""What config.json says of a network, and damage to it."""

import pytest

from tests.trainers.tiny_run import CLASS_NAMES, write_run
from tf_rloss.labels import voc_palette
from trainers.errors import UserError
from trainers.trained.loading import load_trained

PALETTE = voc_palette(len(CLASS_NAMES))[::-1].tolist()


def test_classes_colours_and_scale_are_those_of_the_run(tmp_path):
    settings = {"palette": PALETTE, "image scale": 0.5, "ignored ids": [7]}
    write_run(tmp_path, **{f"training {name}": v for name, v in settings.items()})
    trained = load_trained("checkpoint", str(tmp_path))
    assert trained.class_names == tuple(CLASS_NAMES)
    assert trained.palette.tolist() == PALETTE
    assert trained.image_scale == 0.5 and trained.ignore_ids == [7]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("classes", [*CLASS_NAMES, "[" * 9000]),
        ("classes", [1] * len(CLASS_NAMES)),
        ("classes", "abc"),
        ("palette", [[900, 0, 0], *PALETTE[1:]]),
        ("palette", [[-1, 0, 0], *PALETTE[1:]]),
        ("palette", [[0.5, 0, 0], *PALETTE[1:]]),
        ("palette", [[0, 0], *PALETTE[1:]]),
        ("palette", PALETTE[1:]),
        ("palette", {"red": 1}),
        ("image scale", 0),
        ("image scale", "0.5"),
        ("image scale", float("inf")),
        ("image scale", True),
        ("ignored ids", 3),
        ("ignored ids", [None]),
    ],
)
def test_a_damaged_description_is_a_sentence(tmp_path, name, value):
    write_run(tmp_path, **{f"training {name}": value})
    with pytest.raises(UserError, match=r"config\.json does not describe") as error:
        load_trained("checkpoint", str(tmp_path))
    assert len(str(error.value)) < 2000
