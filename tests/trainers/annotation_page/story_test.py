"""The whole story: draw, train, correct, train on, stop, export and predict."""

import json

import numpy as np
import pytest
from browser_page import Page, browser, eventually, has_labels
from page_client import SIZE, serving, write_photographs
from PIL import Image

from tests.trainers.tiny_run import call
from trainers import export, predict
from trainers.annotation_page.rounds import rounds

SHORT = (
    "--model=small_deeplab",
    "--phase1_epochs=2",
    "--phase2_epochs=1",
    "--steps_per_epoch=2",
    "--batch_size=2",
    "--crop_size=32",
)
MINUTES = 10
pytestmark = pytest.mark.large


def wait_for(page: Page, selector: str, text: str) -> None:
    """Waits for a text; a training takes minutes on a busy machine."""
    place = page.tab.locator(selector).filter(has_text=text)
    place.wait_for(timeout=60_000 * MINUTES)


def draw(page: Page, row: float) -> None:
    page.press("2")
    page.drag((5, row), (50, row))
    page.press("1")
    page.drag((5, row + 8), (50, row + 8))
    eventually(lambda: page.text("#saving") == "Saved")


def test_a_network_is_trained_and_used_from_the_page(tmp_path):
    root = write_photographs(tmp_path / "data", ["a", "b", "c"])
    runs = tmp_path / "runs"
    with browser() as chromium, serving(root, SHORT) as client:
        page = Page(chromium.new_context(), client)
        page.tab.click("#train")
        wait_for(page, "#training-text", "Draw strokes on a photograph first")
        draw(page, 10)
        page.press("n")
        page.wait()
        draw(page, 20)
        page.tab.click("#train")
        wait_for(page, "#train", "Stop")
        draw(page, 25)  # One can go on drawing while a network trains.
        wait_for(page, "#training-text", "Trained")
        wait_for(page, "#prediction-text", "round-001/run")
        prediction = client.send("GET", "/api/photographs/b/prediction.png?model=1")
        (tmp_path / "prediction.png").write_bytes(prediction[2])
        assert Image.open(tmp_path / "prediction.png").size == SIZE[::-1]

        page.press("e")
        page.drag((5, 25), (50, 25))
        eventually(lambda: has_labels(root, "b", {(20, 25): 255}))
        page.tab.click("#train")
        wait_for(page, "#train", "Stop")
        page.tab.click("#train")
        wait_for(page, "#training-text", "Stopped")
        page.tab.click("#train")  # resumes it
        wait_for(page, "#training-text", "Trained")
        wait_for(page, "#prediction-text", "round-002/run")
        assert page.faults == []
    first, second = rounds(runs)
    assert first.finished and second.finished
    copies = [sorted(p.name for p in r.data.glob("*/*")) for r in (first, second)]
    assert copies[0] == copies[1] == ["a.jpg", "a.png", "b.jpg", "b.png"]
    flags = json.loads(second.settings.read_text())["flags"]
    assert f"--init_from={first.run / 'last.keras'}" in flags
    assert not (second.run / "phase1").exists()
    model = tmp_path / "model"
    done = call(export, checkpoint=second.run, output_dir=model)
    assert done[0] == 0, done
    folders = {"input_dir": root / "images", "scribbles": root / "scribbles"}
    done = call(predict, saved_model=model, output_dir=tmp_path / "out", **folders)
    assert done[0] == 0, done
    masks = {
        p.stem: np.asarray(Image.open(p)) for p in (tmp_path / "out/masks").iterdir()
    }
    assert sorted(masks) == ["a", "b", "c"]
    for name in "ab":
        drawn = np.asarray(Image.open(root / "scribbles" / f"{name}.png"))
        kept = drawn != 255
        assert kept.any()
        np.testing.assert_array_equal(masks[name][kept], drawn[kept])


def test_a_training_that_fails_says_why(tmp_path):
    root = write_photographs(tmp_path / "data", ["a"])
    with browser() as chromium, serving(root, ["--crop_size=no"]) as client:
        page = Page(chromium.new_context(), client)
        draw(page, 10)
        page.tab.click("#train")
        wait_for(page, "#training-text", "crop_size")
        assert page.text("#train") == "Train on the strokes"
