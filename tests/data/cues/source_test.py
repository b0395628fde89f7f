"""Sources carry cues, and tags from them."""

import numpy as np
import pytest

from tf_rloss.data import Cues, DataError, synthetic, with_cues


def make_cues(label):
    grid = np.full((41, 41), 255, np.uint8)
    grid[:20], grid[30] = 0, label
    return Cues(np.array([label], np.uint8), grid)


def test_a_source_gets_cues_and_tags():
    source = synthetic("cues_test", num_images=3, size=48)
    cues = {name: make_cues(1 + i) for i, name in enumerate(source.ids)}
    source = with_cues(source, cues | {"unused": make_cues(9)})
    assert source.has_cues
    second = source.read(source.ids[1])
    assert second.tags.tolist() == [True, False, True, False]
    loaded = source.load_tensors(np.int64(1))
    # Row 30 of 41 covers rows 35.1 to 36.3 of 48, so the centre of row 35.
    assert (loaded["cues"][35] == 2).numpy().all()
    assert set(np.unique(loaded["cues"])) == {0, 2, 255}
    np.testing.assert_array_equal(loaded["tags"], [1, 0, 1, 0])


def test_cues_must_fit_the_source():
    source = synthetic("cues_test", num_images=2, size=48)
    first = {source.ids[0]: make_cues(1)}
    with pytest.raises(DataError, match=f"1 of 2 .* no cues: {source.ids[1]}$"):
        with_cues(source, first)
    with pytest.raises(DataError, match="class 4, and 'synthetic' has classes 0 to 3"):
        with_cues(source, first | {source.ids[1]: make_cues(4)})
