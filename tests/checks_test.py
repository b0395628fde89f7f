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


@pytest.mark.parametrize("axes, most", [(2, 6), (3, 5)])
def test_images_of_more_channels_than_the_filter_takes_are_refused(axes, most):
    for count in range(8):
        image = tf.zeros((1, *[2] * axes, count))
        if 1 <= count <= most:
            assert checks.check_image(image, axes) is image
            continue
        message = rf"C from 1 to {most}.*2, {count}\)"
        with pytest.raises(ValueError, match=message):
            checks.check_image(image, axes)


def test_images_and_volumes_are_told_apart():
    with pytest.raises(ValueError, match=r"\(B, D, H, W, C\) need `sigma_xyz`"):
        checks.check_image(tf.zeros((1, 2, 2, 2, 1)), 2)
    with pytest.raises(ValueError, match=r"since `sigma_xyz` is given.*\(1, 2, 2, 3\)"):
        checks.check_image(tf.zeros((1, 2, 2, 3)), 3)


@pytest.mark.parametrize("value", [2, 0.5, np.float32(3)])
def test_numbers_are_bandwidths_of_all_axes_and_channels(value):
    for name in ("sigma_xy", "spatial_sigma_xyz", "cut_sigma_color"):
        assert checks.check_bandwidth(name, value) is value


def test_bandwidths_of_each_axis_or_channel_become_tuples():
    assert checks.check_bandwidth("sigma_xyz", [1, 2, 3.5]) == (1, 2, 3.5)
    assert checks.check_bandwidth("sigma_color", np.ones(4)) == (1.0,) * 4
    assert checks.check_bandwidth("sigma_color", (5.0,), 1) == (5.0,)


@pytest.mark.parametrize(
    "name, value, count, message",
    [
        (
            "sigma_xy",
            (1.0, 2.0),
            None,
            r"a positive number \(pixels\) and finite\. Rec",
        ),
        ("sigma_xyz", (1.0, 2.0), None, "or three, for x, y and z. Rec"),
        ("sigma_xyz", (1.0, 2.0, 0.0), None, "or three"),
        ("sigma_color", (), None, "or one for each channel of the image. Rec"),
        ("sigma_color", (1.0, np.nan), 2, "or one for each channel"),
        ("sigma_color", (1.0, 2.0), 4, "channel of the image, 4. Rec"),
        ("sigma_color", (1.0, 2.0), 3, "image, 3. If the last channel is the region"),
        ("sigma_color", "ab", None, "or one for each channel"),
        ("sigma_color", -1, None, r"a positive number \(units of the image\)"),
    ],
)
def test_what_is_no_bandwidth_is_refused(name, value, count, message):
    with pytest.raises(ValueError, match=f"`{name}` must be .*{message}"):
        checks.check_bandwidth(name, value, count)


@pytest.mark.parametrize("axes", [2, 3])
def test_regions_have_one_channel(axes):
    right = tf.ones([2] * (axes + 1) + [1])
    np.testing.assert_array_equal(checks.check_region(right, axes), right)
    shape = r"\(B, H, W, 1\)" if axes == 2 else r"\(B, D, H, W, 1\)"
    for wrong in (right[..., 0], tf.ones([2] * (axes + 2))):
        with pytest.raises(ValueError, match=f"`region` must be 1 inside .* {shape}"):
            checks.check_region(wrong, axes)
    traced = tf.function(
        lambda region: checks.check_region(region, axes),
        input_signature=[tf.TensorSpec(None)],
    )
    np.testing.assert_array_equal(traced(right), right)
    with pytest.raises(tf.errors.InvalidArgumentError):
        traced(tf.ones([2] * (axes + 2)))


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
