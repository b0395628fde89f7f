"""Files of labelme, for tests of what is the same for all formats."""

from tests.data.annotations.exports import HEIGHT, WIDTH, photo, save

SQUARE = [[2, 2], [8, 2], [8, 9], [2, 9]]
BOX = ([[1, 1], [20, 18]], "rectangle")
LINE = ([[12, 3], [18, 3]], "line")


def shape(points, kind="polygon", label="cat"):
    return {"label": label, "points": points, "shape_type": kind}


def drawing(
    tmp_path, name, *shapes, photo_too=True, size=(HEIGHT, WIDTH), suffix="png"
):
    """Writes a file of labelme and its photograph."""
    stem = name.rsplit("/", 1)[-1]
    about = {"imagePath": f"{stem}.{suffix}", "imageData": None}
    about |= {"imageHeight": size[0], "imageWidth": size[1]}
    save(tmp_path, f"{name}.json", {"shapes": list(shapes)} | about)
    if photo_too:
        photo(tmp_path, f"{name}.{suffix}", *size)
