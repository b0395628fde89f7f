"""Images, masks and scribbles of TFDS data sets are read as their layouts say."""

import sys

import numpy as np
import pytest
import tensorflow_datasets as tfds

from tests.data.small_folder import SIZE, mask, photograph
from tests.data.small_voc import write_voc, xml
from tf_rloss.data import DataError, from_tfds, shorten_scribble, voc2012
from tf_rloss.data.tfds.layouts import LAYOUTS, plain_layout
from tf_rloss.data.tfds.reader import _source
from tf_rloss.labels import VOC_CLASSES

NUM_IMAGES = 5


def trimap(number):
    """1 inside a box, 2 around it, 3 along one edge."""
    labels = np.where(mask(1) == 1, 1, 2).astype(np.uint8)
    labels[2] = 3
    return np.roll(labels, number, axis=1)


class ToyPets(tfds.core.GeneratorBasedBuilder):
    """Five images with the features of oxford_iiit_pet."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        features = {
            "image": tfds.features.Image(encoding_format="png"),
            "segmentation_mask": tfds.features.Image(shape=(None, None, 1)),
            "file_name": tfds.features.Text(),
        }
        return tfds.core.DatasetInfo(
            builder=self, features=tfds.features.FeaturesDict(features)
        )

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        for number in range(NUM_IMAGES):
            yield (
                number,
                {
                    "image": photograph(number),
                    "segmentation_mask": trimap(number)[..., None],
                    "file_name": f"pet.{number}.jpg",
                },
            )


@pytest.fixture(scope="module", params=["tfrecord", "array_record"])
def pets(request, tmp_path_factory):
    """A folder with the prepared data set, and its builder."""
    folder = tmp_path_factory.mktemp(request.param)
    builder = ToyPets(data_dir=str(folder), file_format=request.param)
    builder.download_and_prepare()
    return folder, builder


def test_trimaps_become_two_classes_and_a_border(pets):
    source = _source(pets[1], "train", LAYOUTS["oxford_iiit_pet"])
    assert sorted(source.ids) == [f"pet.{number}" for number in range(NUM_IMAGES)]
    assert source.size == SIZE and source.class_names == ("background", "pet")
    expected = np.array([255, 1, 0, 255], np.uint8)
    for number in (3, 0, 4):  # in any order
        example = source.read(f"pet.{number}")
        np.testing.assert_array_equal(example.image, photograph(number))
        np.testing.assert_array_equal(example.mask, expected[trimap(number)])


def test_other_data_sets_are_read_by_the_name_of_a_feature(pets):
    names = ("a", "b", "c", "d")
    source = from_tfds(
        "toy_pets",
        "train[1:4]",
        data_dir=pets[0],
        mask="segmentation_mask",
        class_names=names,
        length_ratio=0.5,
    )
    assert len(source) == 3 and source.class_names == names
    whole = _source(pets[1], "train", plain_layout("segmentation_mask", names))
    for position, name in enumerate(source.ids, 1):
        example, other = source.read(name), whole.read(whole.ids[position])
        np.testing.assert_array_equal(example.image, other.image)
        np.testing.assert_array_equal(example.mask, other.mask)
        drawn = example.scribble != 255  # simulated, since there are none
        assert drawn.any()
        np.testing.assert_array_equal(example.scribble[drawn], example.mask[drawn])


def test_labels_beyond_the_classes_are_named(pets):
    names, feature = ("a", "b", "c"), "segmentation_mask"
    source = from_tfds(
        "toy_pets", "train", data_dir=pets[0], mask=feature, class_names=names
    )
    with pytest.raises(DataError, match="has label 3, outside 0 to 2 and not 255"):
        source.read(source.ids[0])


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"name": "no_such_data"}, "cannot open 'no_such_data': .*not found"),
        ({"split": "test"}, "must have a split 'test'. It has: train"),
        ({"mask": "masks"}, "an image 'masks' in every example. Received: file_name"),
        ({"mask": None}, "must be given together"),
        ({"mask": None, "class_names": None}, "The masks of 'toy_pets' are not known"),
    ],
)
def test_what_does_not_fit_is_named(pets, changes, message):
    usual = {"name": "toy_pets", "split": "train", "data_dir": pets[0]}
    usual |= {"mask": "segmentation_mask", "class_names": tuple("abcd")}
    with pytest.raises(DataError, match=message):
        from_tfds(**(usual | changes))


@pytest.mark.parametrize(
    "name, values, labels",
    [
        ("scene_parse150", [0, 1, 150, 151, 255], [255, 0, 149, 255, 255]),
        ("cityscapes", [0, 6, 7, 19, 29, 33, 255], [255, 255, 0, 6, 255, 18, 255]),
        ("voc2012_scribble", [0, 20, 255], [0, 20, 255]),
    ],
)
def test_values_of_known_data_sets_mean_their_classes(name, values, labels):
    layout = LAYOUTS[name]
    row = np.array([values], np.uint8)
    np.testing.assert_array_equal(layout.find_labels(row), [labels])
    three = np.stack([row] * 3, axis=-1)
    np.testing.assert_array_equal(layout.find_labels(three), [labels])
    found = set(layout.labels.tolist()) - {255}
    assert found == set(range(len(layout.class_names)))


@pytest.fixture(scope="module")
def voc(tmp_path_factory):
    return write_voc(tmp_path_factory.mktemp("voc"))


def test_voc_is_prepared_once_and_read(voc):
    source = voc2012("train", voc)
    assert sorted(source.ids) == ["t0", "t1", "t2", "t3"]
    assert source.has_scribbles and source.class_names == VOC_CLASSES
    example = source.read("t1")
    np.testing.assert_array_equal(example.mask, mask(2))
    assert set(np.unique(example.scribble)) == {0, 2, 255}  # the PNG, not the XML
    # JPEG of noise; the mean of 192 values differs by much less than 8.
    assert abs(example.image.mean() - photograph(1).mean()) < 8
    val = voc2012("val", voc)
    assert not val.has_scribbles and sorted(val.ids) == ["v0", "v1"]


def test_shorter_scribbles_of_voc_come_from_the_lines(voc):
    scribble = voc2012("train", voc, length_ratio=0.5).read("t0").scribble
    # The line from column 3 to 13 of row 5; half of it is 5.5 to 10.5, and the pen
    # of 3 px reaches 1.5 further.
    assert np.flatnonzero(scribble[5] == 2).tolist() == list(range(4, 13))


def test_shorter_scribbles_of_voc_follow_strokes_without_lines(tmp_path):
    root = write_voc(tmp_path, train=2, val=1, scribbles=("png",))
    whole = voc2012("train", root).read("t0").scribble
    short = voc2012("train", root, length_ratio=0.5).read("t0").scribble
    np.testing.assert_array_equal(short, shorten_scribble(whole, 0.5))


def test_wrong_files_of_voc_are_named_when_it_is_prepared(tmp_path):
    root = write_voc(tmp_path, train=2, val=1, scribbles=("xml",))
    (root / "pascal_2012/t1.xml").write_text(xml(name="unicorn"))
    with pytest.raises(DataError, match=r"t1\.xml: has a scribble of class 'unicorn'"):
        voc2012("train", root)


def test_without_tfds_one_learns_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(DataError, match=r'pip install "tf_rloss\[tfds\]"'):
        from_tfds("oxford_iiit_pet", "train")
