"""How the annotation page's server saves strokes."""

import threading

import numpy as np
import pytest
from page_client import SIZE, labels_of, serving, stroke, write_photographs
from PIL import Image

from tf_rloss import data
from tf_rloss.labels import voc_palette


@pytest.fixture
def root(tmp_path):
    return write_photographs(tmp_path / "data", ["a", "b"])


@pytest.fixture
def client(root):
    with serving(root) as client:
        yield client


def across(label, row, width=3):
    """A horizontal stroke over the whole photograph."""
    return stroke(label, width, -5, row + 0.5, SIZE[1] + 5, row + 0.5)


def save(client, name, base, version, *operations):
    status, found = client.save(name, base, version, *operations)
    assert status == 200, found
    return found["version"]


def test_strokes_become_a_scribble_that_trainings_read(client, root):
    save(client, "a", "none", "none", across(1, 10), across(0, 30))
    assert Image.open(root / "scribbles" / "a.png").mode == "P"
    expected = np.full(SIZE, 255)
    expected[9:12], expected[29:32] = 1, 0
    np.testing.assert_array_equal(labels_of(root, "a"), expected)
    save(client, "b", "none", "none", across(2, 10))
    source = data.folder(root)
    np.testing.assert_array_equal(source.read("a").scribble, expected)
    assert source.class_names == ("background", "cat", "dog")


def test_later_strokes_and_the_eraser_come_on_top_of_the_file(client, root):
    base = save(client, "a", "none", "none", across(1, 10), across(0, 30))
    found = save(client, "a", base, base, across(2, 11), across(255, 30, 1))
    labels = labels_of(root, "a")[:, 0]
    assert labels[8:14].tolist() == [255, 1, 2, 2, 2, 255]
    assert labels[28:33].tolist() == [255, 0, 255, 0, 255]
    assert client.get("/api/photographs/a")[1]["version"] == found


def test_fewer_operations_undo_and_none_give_the_base_back(client, root):
    base = save(client, "a", "none", "none", across(1, 10))
    before = (root / "scribbles" / "a.png").read_bytes()
    two = save(client, "a", base, base, across(2, 20), across(2, 30))
    one = save(client, "a", base, two, across(2, 20))
    assert labels_of(root, "a")[[10, 20, 30], 0].tolist() == [1, 2, 255]
    assert save(client, "a", base, one) == base
    assert (root / "scribbles" / "a.png").read_bytes() == before


def test_a_scribble_without_a_label_is_no_file(client, root):
    """Trainings refuse scribbles that have none."""
    version = save(client, "a", "none", "none", across(1, 10))
    assert save(client, "a", version, version, across(255, 10, 90)) == "none"
    assert list((root / "scribbles").iterdir()) == []
    version = save(client, "a", "none", "none", across(1, 10))
    assert save(client, "a", "none", version) == "none"


def test_the_outside_of_a_box_becomes_background_where_nothing_is_drawn(client, root):
    box = {"kind": "outside", "label": 0, "box": [10, 5, 50, 35]}
    save(client, "a", "none", "none", stroke(1, 3, 0, 1.5, 60, 1.5), box)
    labels = labels_of(root, "a")
    assert (labels[5:35, 10:50] == 255).all()
    assert (labels[0:3] == 1).all()
    assert (labels == 0).sum() == 40 * 60 - 30 * 40 - 3 * 60


def test_an_old_version_is_refused_and_the_file_stays(client, root):
    first = save(client, "a", "none", "none", across(1, 10))
    status, found = client.save("a", "none", "none", across(2, 30))
    assert status == 409
    assert (found["version"], found["reason"]) == (first, "changed")
    assert labels_of(root, "a")[[10, 30], 0].tolist() == [1, 255]
    save(client, "a", first, first, across(2, 30))
    assert labels_of(root, "a")[[10, 30], 0].tolist() == [1, 2]


def test_what_was_saved_but_not_acknowledged_can_be_sent_again(client):
    first = save(client, "a", "none", "none", across(1, 10))
    assert save(client, "a", "none", "none", across(1, 10)) == first


def test_a_file_that_another_program_changed_or_deleted_is_a_conflict(client, root):
    version = save(client, "a", "none", "none", across(1, 10))
    path = root / "scribbles" / "a.png"
    Image.fromarray(np.full(SIZE, 2, np.uint8)).save(path)
    assert client.save("a", "none", version, across(1, 20))[0] == 409
    assert (labels_of(root, "a") == 2).all()
    path.unlink()
    status, found = client.save("a", "none", version, across(1, 20))
    assert status == 409 and found["version"] == "none"


def test_a_server_that_was_started_again_does_not_know_older_bases(root):
    with serving(root) as client:
        base = save(client, "a", "none", "none", across(1, 10))
        version = save(client, "a", base, base, across(2, 20))
    with serving(root) as client:
        status, found = client.save("a", base, version, across(2, 30))
        assert status == 409
        assert (found["version"], found["reason"]) == (version, "base")
        assert client.get(f"/api/photographs/a/strokes.png?version={base}")[0] == 409
        save(client, "a", version, version, across(2, 30))


def test_scribbles_of_other_programs_are_edited(client, root):
    (root / "scribbles").mkdir()
    palette = voc_palette(3)
    labels = np.full(SIZE, 255, np.uint8)
    labels[4] = 2
    coloured = np.append(palette[labels % 3], 255 * (labels[..., None] < 255), axis=2)
    Image.fromarray(coloured.astype(np.uint8)).save(root / "scribbles" / "a.png")
    version = client.get("/api/photographs/a")[1]["version"]
    save(client, "a", version, version, across(1, 10))
    assert labels_of(root, "a")[[4, 10, 20], 0].tolist() == [2, 1, 255]


@pytest.mark.parametrize(
    "array, message",
    [
        (np.full((9, 9), 1, np.uint8), "is 9 x 9 px, its image 60 x 40 px"),
        (np.full(SIZE, 7, np.uint8), "has label 7, outside 0 to 2"),
    ],
)
def test_scribbles_that_do_not_fit_are_named_and_left_alone(
    client, root, array, message
):
    (root / "scribbles").mkdir()
    path = root / "scribbles" / "a.png"
    Image.fromarray(array).save(path)
    before = path.read_bytes()
    version = client.get("/api/photographs/a")[1]["version"]
    status, found = client.save("a", version, version, across(1, 10))
    assert status == 422 and found["error"] == f"scribbles/a.png: {message}"
    picture = client.get(f"/api/photographs/a/strokes.png?version={version}")
    assert picture == (422, found)
    assert path.read_bytes() == before


def test_damaged_photographs_are_named(client, root):
    (root / "images" / "a.jpg").write_bytes(b"no picture")
    for path in ("", "/display.jpg", "/thumbnail.jpg"):
        status, found = client.get(f"/api/photographs/a{path}")
        assert status == 422 and "not an image" in found["error"]


def test_many_saves_at_once_lose_nothing(client, root):
    """Two pages save 25 strokes each, as quickly as they can."""
    failures = []

    def draw(name):
        operations, version = [], "none"
        for row in range(25):
            operations.append(across(1, row, 1))
            status, found = client.save(name, "none", version, *operations)
            failures.extend([found] * (status != 200))
            version = found["version"]

    threads = [threading.Thread(target=draw, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    for name in "ab":
        labels = labels_of(root, name)
        assert (labels[:25] == 1).all() and (labels[25:] == 255).all()


def test_saves_of_the_same_photograph_at_the_same_time_conflict_or_follow(client, root):
    """Protects: two tabs, each of which had seen the same version, both won."""
    ends = []

    def draw(row):
        ends.append(client.save("a", "none", "none", across(1, row, 1))[0])

    threads = [threading.Thread(target=draw, args=(row,)) for row in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == [200] + [409] * 7
    assert (labels_of(root, "a") == 1).sum() == SIZE[1]


def test_five_hundred_photographs_are_listed_without_opening_one(tmp_path, monkeypatch):
    root = write_photographs(tmp_path / "data", ["first"])
    content = (root / "images" / "first.jpg").read_bytes()
    for number in range(499):
        (root / "images" / f"{number:03}.jpg").write_bytes(content)
    (root / "scribbles").mkdir()
    (root / "scribbles" / "007.png").touch()
    with serving(root) as client:
        monkeypatch.setattr(Image, "open", None)
        status, found = client.get("/api/folder")
    assert status == 200 and len(found["photographs"]) == 500
    done = [item["name"] for item in found["photographs"] if item["done"]]
    assert done == ["007"]


def test_photographs_are_shown_upright_and_strokes_lie_on_the_upright_image(
    client, root
):
    """Protects: strokes on a turned photograph had its file's height and width."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    stored = Image.new("RGB", (60, 40))
    stored.paste((255, 0, 0), (0, 0, 60, 10))  # the upper edge becomes the right one
    stored.save(root / "images" / "a.jpg", exif=exif, quality=95)
    found = client.get("/api/photographs/a")[1]
    assert (found["width"], found["height"]) == (40, 60)
    _, _, content = client.send("GET", "/api/photographs/a/display.jpg")
    (root.parent / "shown.jpg").write_bytes(content)
    shown = np.asarray(Image.open(root.parent / "shown.jpg"))
    assert shown.shape == (60, 40, 3)
    assert shown[30, 35, 0] > 200 and shown[30, 5, 0] < 60
    save(client, "a", "none", "none", stroke(1, 3, 20, 55))
    labels = labels_of(root, "a")
    assert labels.shape == (60, 40) and labels[55, 20] == 1
    assert data.inspect_folder(root).problems == (
        "images/b.jpg: has no partner scribbles/b.png",
    )


def test_large_photographs_are_sent_in_the_size_of_a_screen(tmp_path):
    root = write_photographs(tmp_path / "data", ["a"])
    Image.new("RGB", (3000, 2000), (9, 99, 199)).save(root / "images" / "a.jpg")
    with serving(root) as client:
        save(client, "a", "none", "none", stroke(1, 50, 100, 1000, 2900, 1000))
        version = client.get("/api/photographs/a")[1]["version"]
        paths = ("display.jpg", "thumbnail.jpg", f"strokes.png?version={version}")
        sizes = []
        for path in paths:
            _, _, content = client.send("GET", f"/api/photographs/a/{path}")
            (tmp_path / "picture").write_bytes(content)
            picture = Image.open(tmp_path / "picture")
            sizes.append(picture.size)
    assert sizes == [(2048, 1365), (160, 107), (2048, 1365)]
    assert labels_of(root, "a").shape == (2000, 3000)
    pixel = picture.getpixel((1000, 682))
    assert pixel == (*voc_palette(3)[1].tolist(), 255)
    assert picture.getpixel((1000, 100))[3] == 0
