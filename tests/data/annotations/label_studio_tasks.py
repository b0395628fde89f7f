"""Tasks of Label Studio for tests."""

from tests.data.annotations.exports import HEIGHT, WIDTH, brush_of, photo, run, save


def result(kind, value, names=("cat",), **other):
    """Returns a region in the joined form, such as `brushlabels`."""
    sizes = {"original_width": WIDTH, "original_height": HEIGHT, "image_rotation": 0}
    value = {**value, kind: list(names)}
    return {
        "id": "r",
        "type": kind,
        "from_name": "tag",
        "value": value,
        **sizes,
        **other,
    }


def brush(mask, names=("cat",), **other):
    return result(
        "brushlabels", {"format": "rle", "rle": brush_of(mask)}, names, **other
    )


def annotation(*results, who=1, **other):
    return {"id": 5, "completed_by": who, "result": list(results), **other}


def task(*annotations, image="/data/upload/1/0123abcd-a.jpg", **other):
    content = {"id": 7, "data": {"image": image}, "annotations": list(annotations)}
    return {
        "file_upload": "0123abcd-a.jpg",
        "predictions": [],
        "drafts": [],
        **content,
    } | other


def imported(tmp_path, *tasks, with_photo=True, **options):
    save(tmp_path, "export.json", list(tasks))
    if with_photo:
        photo(tmp_path, "a.jpg")
    return run(tmp_path, **options)
