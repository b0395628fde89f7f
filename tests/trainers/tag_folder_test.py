"""Training from tags on a folder without label maps."""

import json

import toys
from PIL import Image
from tiny_run import call

from tf_rloss import data
from trainers import segmenters, tag


def write_folder(folder, count, label_maps=False):
    """Writes toys with label maps or, without, with tags of "block" and "floor"."""
    source = toys.make_source(count)
    for kind in ("images", "labels") if label_maps else ("images",):
        (folder / kind).mkdir(parents=True)
        for name in source.ids:
            example = source.read(name)
            array = example.image if kind == "images" else example.mask
            Image.fromarray(array).save(folder / kind / f"{name}.png")
    if not label_maps:
        lines = ["image,classes", *(f"{name}.png,floor,block" for name in source.ids)]
        (folder / "tags.csv").write_text("\n".join(lines))
    return folder


def test_images_with_tags_alone_are_trained_on(tmp_path, monkeypatch):
    monkeypatch.setattr(
        segmenters.models, "build", lambda name, k, weights: toys.build_segmenter(k)
    )
    write_folder(tmp_path / "data" / "train", 8)
    write_folder(tmp_path / "data" / "val", 2, label_maps=True)
    flags = {"dataset": "folder", "data_dir": tmp_path / "data", "batch_size": 4}
    flags |= {"classifier_epochs": 1, "segmenter_epochs": 1, "tensorboard": False}
    code, out, err = call(tag, output_dir=tmp_path / "run", **flags)
    assert code == 0, err
    assert "masks have to number them: 0 background, 1 block, 2 floor\n" in out
    assert "the images have no masks to compare with" in out
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["finished"] and metrics["last"]["mean_iou"] > 0
    cues = data.load_cues(tmp_path / "run" / "classifier" / "cues.npz")
    assert {tuple(cue.labels) for cue in cues.values()} == {(1, 2)}
