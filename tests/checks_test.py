"""Each check lets right arguments pass and names wrong ones with their values."""

import numpy as np
import pytest
import tensorflow as tf

from tf_rloss import checks

NOT_NUMBERS = [None, "3", True, np.nan, np.inf, -np.inf, 1j, [1.0]]


@pytest.mark.parametrize("value", [1, 0.5, np.float32(3), np.int64(2)])
def test_positive_numbers_pass(value):
    checks.check_positive("sigma_xy", value)
    checks.check_at_least_zero("weight", value)


@pytest.mark.parametrize("value", [0, -1.0, *NOT_NUMBERS])
def test_what_is_not_positive_and_finite_is_refused(value):
    with pytest.raises(ValueError) as error:
        checks.check_positive("sigma_xy", value, "pixels")
    assert str(error.value) == (
        "`sigma_xy` must be a positive number (pixels) and finite. "
        f"Received: sigma_xy={value!r}"
    )


@pytest.mark.parametrize("value", [-1e-9, *NOT_NUMBERS])
def test_what_is_below_zero_or_no_number_is_refused(value):
    checks.check_at_least_zero("weight", 0)
    with pytest.raises(ValueError, match="`weight` must be a number, at least 0"):
        checks.check_at_least_zero("weight", value)


@pytest.mark.parametrize("value", [-0.1, 1.1, *NOT_NUMBERS])
def test_what_is_no_fraction_is_refused(value):
    for zero in (True, False):
        checks.check_fraction("scale", 1, zero=zero)
        with pytest.raises(ValueError, match="`scale` must be a number in"):
            checks.check_fraction("scale", value, zero=zero)
    checks.check_fraction("scale", 0.0, zero=True)
    with pytest.raises(ValueError, match=r"\(0, 1\]. Received: scale=0.0"):
        checks.check_fraction("scale", 0.0, zero=False)


@pytest.mark.parametrize("value", [1, 4.0, 256, *NOT_NUMBERS])
def test_what_is_no_integer_in_the_range_is_refused(value):
    checks.check_integer("num_classes", np.uint8(2), 2, 255)
    message = r"`num_classes` must be an integer, from 2 to 255 \(of labels\)\. Rec"
    with pytest.raises(ValueError, match=message):
        checks.check_integer("num_classes", value, 2, 255, note="of labels")
    with pytest.raises(ValueError, match=r"at least 3\. Received: stride=2"):
        checks.check_integer("stride", 2, 3)


def test_another_choice_is_refused():
    checks.check_choice("kind", "b", ("a", "b"))
    with pytest.raises(ValueError, match=r"one of 'a', 'b'\. Received: kind='c'"):
        checks.check_choice("kind", "c", ("a", "b"))


@pytest.mark.parametrize("channels", [(3,), (3, 4), (3, 4, 5)])
def test_images_of_other_channels_are_refused(channels):
    for count in range(1, 7):
        image = tf.zeros((1, 2, 2, count))
        if count in channels:
            checks.check_image(image, channels)
            continue
        with pytest.raises(ValueError, match=rf"`image` must be RGB.*2, {count}\)"):
            checks.check_image(image, channels)


def test_ranks_that_are_unknown_pass():
    @tf.function
    def checked(probs):
        known = checks.check_probs(probs)
        assert known.shape.rank == 4
        return known

    for shape in ([None, None, None, 2], None):
        traced = checked.get_concrete_function(tf.TensorSpec(shape))
        assert traced(tf.ones((1, 2, 2, 2))).shape == (1, 2, 2, 2)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[1,2,2\]"):
        traced(tf.ones((1, 2, 2)))


def test_ranks_that_are_wrong_are_named():
    with pytest.raises(ValueError, match=r"`probs` must be softmax.*\(4, 4\)"):
        checks.check_probs(tf.zeros((4, 4)))
