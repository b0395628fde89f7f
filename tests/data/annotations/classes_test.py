"""Tests of the order, the colours and the labels of classes."""

import numpy as np
import pytest

from tf_rloss.data.annotations.classes import class_lines, plan_classes
from tf_rloss.data.annotations.geometry import Clicks
from tf_rloss.data.annotations.inputs import Inputs
from tf_rloss.data.annotations.photographs import Photographs
from tf_rloss.data.annotations.report import Report
from tf_rloss.data.annotations.shapes import AnnotatedImage, Annotations, Shape
from tf_rloss.labels import voc_palette


def plan(names, classes=(), **options):
    """Returns the plan for an image with a shape of each of `names`."""
    report = Report()
    inputs = Inputs(".", Photographs(None, report), report)
    geometry = Clicks(np.array([[1.0, 1.0]]))
    shapes = [Shape("click", (name,), geometry, name) for name in names]
    found = Annotations([AnnotatedImage("a", (9, 9), shapes)], dict(classes))
    chosen = {"renamings": (), "background": None, "unclassified": None} | options
    return plan_classes(found, inputs=inputs, **chosen)


def test_listed_classes_come_first_and_others_as_they_occur():
    found = plan(["z", "b", "a"], [("b", None), ("unused", None)])
    assert found.names == ("background", "b", "unused", "z", "a")
    assert found.label_of["a"] == 4


@pytest.mark.parametrize("name", ["Background", "_background_", "BG"])
def test_a_class_that_is_spelled_like_the_background_is_number_zero(name):
    assert plan(["cat", name]).names == (name, "cat")


def test_colours_are_those_of_the_file_and_never_the_same():
    red = (255, 0, 0)
    colors = [
        ("background", red),
        ("a", red),
        ("b", red),
        ("c", (0, 0, 0)),
        ("d", None),
    ]
    palette = plan(["a"], colors).palette
    assert palette[0].tolist() == [0, 0, 0] and palette[1].tolist() == [*red]
    assert len(np.unique(palette, axis=0)) == 5
    assert [224, 224, 192] not in palette.tolist()


def test_255_classes_have_different_colours():
    colors = voc_palette(256)[::-1].tolist()
    names = [f"c{n}" for n in range(254)]
    classes = [(n, tuple(c)) for n, c in zip(names, colors, strict=False)]
    palette = plan(names, classes).palette
    assert len(np.unique(palette, axis=0)) == 255


def test_lines_have_a_name_and_a_colour():
    lines = class_lines(plan(["my cat 1 2 3"], [("my cat 1 2 3", (9, 8, 7))]))
    assert lines == "background 0 0 0\nmy cat 1 2 3 9 8 7\n"
