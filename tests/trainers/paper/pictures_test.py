"""Pictures of images that are not 8-bit RGB."""

import numpy as np
import pytest

from tf_rloss.data import ImageForm
from tf_rloss.labels import voc_palette
from trainers.errors import UserError
from trainers.paper.figure1 import FIGURE1
from trainers.paper.pictures import scribble_picture
from trainers.paper.study import Setting


def test_scribbles_are_drawn_on_bands_as_they_are_shown():
    image = np.random.default_rng(0).uniform(0, 255, (4, 6, 4)).astype(np.float32)
    scribble = np.full((4, 6), 255, np.uint8)
    scribble[1, 2] = 1
    form = ImageForm(channels=4, rgb_channels=(3, 1, 0))
    palette = voc_palette(2)
    picture = scribble_picture({"image": image, "scribble": scribble}, palette, form)
    np.testing.assert_array_equal(picture[1, 2], palette[1])
    elsewhere = scribble == 255
    np.testing.assert_array_equal(picture[elsewhere], form.picture(image)[elsewhere])


def test_figure_1_is_refused_before_any_training():
    with pytest.raises(UserError, match="leave out --channels"):
        FIGURE1.runs(Setting({"channels": 1}, {}))
