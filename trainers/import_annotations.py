"""Makes a folder to train on from what an annotation tool has exported.

    python -m trainers.import_annotations --input=export --output=my_data

--from names the format; without it the format is recognised:

    label_studio  JSON (brushes, polygons, keypoints, boxes, ellipses); PNG of brushes
    cvat          for images 1.1, Segmentation mask 1.1, PASCAL VOC 1.1, LabelMe 3.0
    labelme       JSON
    coco          JSON (polygons, both kinds of RLE, keypoints)
    supervisely   meta.json and ann/
    qupath        GeoJSON
    napari        TIFF of a Labels layer, also ImageJ's; CSV of points and shapes
    via           JSON and CSV
    nifti         label volumes; needs pip install "tf_rloss[nifti]"
    png           strokes of any colours

Results in --output: images/, scribbles/ (strokes, lines, discs on clicks, the
background around boxes), labels/ (polygons and masks), points.json (clicks),
classes.txt, and summary.txt, which lists everything unusual. docs/annotations.md has
the details.
"""

from .command_line.application import run_app
from .command_line.flags import Group, make_flags
from .datasets.import_options import ImportOptions
from .options import Given, build

FLAGS = make_flags(
    Group("What to import", ImportOptions),
    first=("from", "input", "images", "output"),
)


def check(given: Given) -> None:
    """Refuses flags that do not fit together."""
    build(ImportOptions, given)


def main(given: Given) -> None:
    """Imports as the flags say."""
    from .datasets.importing import import_as_given

    import_as_given(given)


def run() -> None:
    """Runs the program; the console command calls this function."""
    run_app(main, FLAGS, check)


if __name__ == "__main__":
    run()
