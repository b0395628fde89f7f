"""Tests of the recognition of formats."""

import numpy as np
import pytest

from tests.data.annotations.exports import png, save
from tf_rloss.data.annotations.importer import FORMATS
from tf_rloss.data.annotations.recognition import recognise
from tf_rloss.data.source import DataError
from trainers.datasets import import_options

GREY = png(np.zeros((2, 2), np.uint8))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.json", [{"id": 1, "data": {}, "annotations": []}], "label_studio"),
        ("a.json", {"data": {}, "completions": []}, "label_studio"),
        ("task-1-annotation-2-by-3-tag-cat-0.png", GREY, "label_studio"),
        ("a.xml", "<annotations/>", "cvat"),
        ("a.xml", "<annotation><imagesize/></annotation>", "cvat"),
        ("a.json", {"shapes": []}, "labelme"),
        ("a.json", {"images": [], "annotations": [], "categories": []}, "coco"),
        ("a.json", [{"image_id": 3, "score": 1}], "coco"),
        ("a.json", [{"image": "a", "annotations": []}], "coco"),
        ("meta.json", {"classes": [], "tags": []}, "supervisely"),
        ("a.json", {"size": {}, "objects": []}, "supervisely"),
        ("a.geojson", {"type": "FeatureCollection", "features": []}, "qupath"),
        ("a.json", [{"type": "Feature"}], "qupath"),
        ("a.tif", b"", "napari"),
        ("a.csv", "index,axis-0,axis-1\n", "napari"),
        ("a.json", {"a": {"filename": "a", "regions": []}}, "via"),
        (
            "a.json",
            {"_via_img_metadata": {"a": {"filename": "", "regions": {}}}},
            "via",
        ),
        ("a.csv", "filename,region_shape_attributes\n", "via"),
        ("a.nii.gz", b"", "nifti"),
        ("a.nii", b"", "nifti"),
        ("a.png", GREY, "png"),
    ],
)
def test_files_and_their_folders_are_recognised(tmp_path, name, content, expected):
    path = save(tmp_path, name, content)
    assert recognise(path) == recognise(path.parent) == expected


def test_masks_of_cvat_are_recognised(tmp_path):
    save(tmp_path, "labelmap.txt", "")
    path = save(tmp_path, "SegmentationClass/a.png", GREY)
    assert recognise(path.parents[1]) == "cvat"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.doc": b""}, "the files are unknown"),
        ({"a.json": {"Label": {}}}, "the files are unknown"),
        (
            {"a.json": {"shapes": []}, "b.json": [{"image_id": 3}]},
            r"several formats \(coco, labelme\)",
        ),
    ],
)
def test_unknown_and_several_formats_are_refused(tmp_path, files, message):
    for name, content in files.items():
        path = save(tmp_path, name, content)
    with pytest.raises(DataError, match=rf"{message}.*--from="):
        recognise(path.parent)


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
def test_archives_are_refused(tmp_path, name):
    with pytest.raises(DataError, match="Unpack it"):
        recognise(save(tmp_path, name, b""))


def test_the_flag_lists_the_formats():
    assert import_options.FORMATS == FORMATS
