"""tags.csv is read in all its forms, and its mistakes are named."""

import shutil

import numpy as np
import pytest

from tf_rloss.data import DataError, find_tags, folder

CLASSES = "background\ncat\ndog\n"


@pytest.fixture
def tagged(root):
    """A folder with the images a.png, b.jpg and c.JPEG, and nothing else."""
    for kind in ("scribbles", "labels"):
        shutil.rmtree(root / kind)
    return root


def write(root, text, **options):
    (root / "tags.csv").write_text(text, **{"encoding": "utf-8"} | options)


def tags_of(source):
    """Returns the ids of the classes in each image."""
    return {
        name: np.flatnonzero(find_tags(source.read(name), source.num_classes)).tolist()
        for name in source.ids
    }


def problem(root, **settings):
    with pytest.raises(DataError) as caught:
        folder(root, **settings)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "a.png,cat,dog\nb.jpg,dog\nc.JPEG\n",
        "a;dog;cat\nb;dog\nc",
        "image,classes\na.png,background,cat,dog\nb,dog,dog\nc,background\n",
        "file;;\nc;;\n;;\nb;dog;\na;cat;dog\n",
        '"a.png", "cat" ,dog\r\n\r\n b , dog \r\nc,\r\n',
        "\ufeffImage\na,cat;dog\nb,dog\nc",
    ],
)
def test_ways_to_write_the_same_tags(tagged, text):
    write(tagged, text)
    source = folder(tagged)
    assert source.class_names == ("background", "cat", "dog")
    assert tags_of(source) == {"a": [0, 1, 2], "b": [0, 2], "c": [0]}
    assert source.has_tags and not source.has_masks and not source.has_scribbles
    assert source.load_tensors(np.int64(1))["tags"].numpy().tolist() == [1.0, 0.0, 1.0]


def test_names_with_separators_stand_in_quotation_marks(tagged):
    (tagged / "images/a.png").rename(tagged / 'images/a, "b"; c.png')
    write(tagged, '"a, ""b""; c.png","cat, black"\nb,dog\nc,"cat, black";dog\n')
    source = folder(tagged)
    assert source.class_names == ("background", "cat, black", "dog")
    assert tags_of(source) == {'a, "b"; c': [0, 1], "b": [0, 2], "c": [0, 1, 2]}


def test_ids_alone_count_the_classes(tagged):
    write(tagged, "a,3\nb,1,0\nc\n")
    source = folder(tagged)
    assert source.class_names == ("class 0", "class 1", "class 2", "class 3")
    assert tags_of(source) == {"a": [0, 3], "b": [0, 1], "c": [0]}
    assert folder(tagged, num_classes=7).num_classes == 7


def test_classes_txt_tells_the_ids_of_names(tagged):
    (tagged / "classes.txt").write_text("sky\ndog\ncat\ncow\n")
    write(tagged, "a,cat,1\nb,sky,3\nc\n")
    source = folder(tagged)
    assert source.class_names == ("sky", "dog", "cat", "cow")
    assert tags_of(source) == {"a": [0, 1, 2], "b": [0, 3], "c": [0]}
    given = folder(tagged, class_names=("void", "cat", "cow", "sky"))
    assert tags_of(given) == {"a": [0, 1], "b": [0, 3], "c": [0]}


def test_tags_go_before_those_of_label_maps(root):
    (root / "classes.txt").write_text(CLASSES)
    write(root, "a,cat\nb,dog\nc\n")
    source = folder(root)
    assert source.has_masks and source.has_tags
    assert tags_of(source) == {"a": [0, 1], "b": [0, 2], "c": [0]}
    assert set(np.unique(source.read("a").mask)) == {0, 2, 255}


def test_all_mistakes_are_named_at_once(tagged):
    (tagged / "classes.txt").write_text(CLASSES)
    write(tagged, "photo,tags\na.png,cat\na,cow\nd.png,dog\nb.jpg,5,dog\n")
    lines = problem(tagged).splitlines()
    expected = [
        "7 problems found",
        "tags.csv, line 1: there is no image 'photo' (a header starts with `image`)",
        "tags.csv, line 1: class 'tags' is unknown; expected: background, cat, dog",
        "tags.csv, line 3: 'a' has a line already, line 2",
        "tags.csv, line 3: class 'cow' is unknown; expected: background, cat, dog",
        "tags.csv, line 4: there is no image 'd.png'",
        "tags.csv, line 5: class '5' is unknown; expected: background, cat, dog",
        "images/c.JPEG: has no line in tags.csv",
    ]
    assert len(lines) == len(expected)
    for line, part in zip(lines, expected, strict=True):
        assert part in line


def test_mistakes_of_tags_and_of_files_are_told_together(root):
    (root / "scribbles/b.png").unlink()
    write(root, "a,cat\nb,dog\n")
    message = problem(root)
    assert "images/b.jpg: has no partner scribbles/b.png" in message
    assert "images/c.JPEG: has no line in tags.csv" in message


@pytest.mark.parametrize(
    "text, message",
    [
        ('a,"cat\nb\nc\n', "tags.csv, line 1: has a lone quotation mark"),
        ("a,cat\nb,2\nc\n", "names and ids of classes ('cat' and 2); classes.txt must"),
        ("a\nb\nc\n", "and no tag"),
        ("", "images/a.png: has no line"),
        ("a,255\nb\nc\n", "class '255' is unknown; expected: 0 to 254"),
        ("a," + ",".join(f"c{i}" for i in range(255)), "254 classes at most"),
    ],
)
def test_a_wrong_file_is_explained(tagged, text, message):
    write(tagged, text)
    assert message in problem(tagged)


def test_another_encoding_is_refused(tagged):
    write(tagged, "a,café\nb\nc\n", encoding="latin-1")
    assert "must be UTF-8" in problem(tagged)


def test_sorted_names_that_contradict_the_ids_of_label_maps_are_refused(root):
    # All label maps hold class 2, which is "dog" only in the order of the alphabet.
    write(root, "a,cat,dog\nb,dog\nc,dog\n")
    assert folder(root).class_names == ("background", "cat", "dog")
    write(root, "a,cat,zebra\nb,cat\nc,zebra\n")
    message = problem(root)
    assert "b: has pixels of label 2, which is 'zebra' by the order of" in message
    assert "1 problem found" in message
    (root / "classes.txt").write_text("background\nzebra\ncat\n")
    assert folder(root).class_names == ("background", "zebra", "cat")


def test_a_folder_needs_label_maps_or_tags(tagged):
    with pytest.raises(FileNotFoundError, match=r"and no file tags\.csv"):
        folder(tagged)
