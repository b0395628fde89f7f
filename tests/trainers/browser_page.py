"""The annotation page in a real browser, without a screen."""

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from page_client import SIZE, Client, labels_of

PATIENCE = 30
"""Seconds that a busy machine may take for what is usually done in a moment."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextlib.contextmanager
def browser() -> Iterator:
    """Starts Chromium; skips the test where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        # Its sandbox does not work for root, nor in most containers.
        started = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"]
        )
        with contextlib.closing(started):
            yield started


class Page:
    """An open tab, in which coordinates are pixels of the photograph."""

    def __init__(self, context, client: Client):
        self.faults: list[str] = []
        self.tab = context.new_page()
        self.tab.set_default_timeout(1000 * PATIENCE)
        self.tab.on("pageerror", lambda error: self.faults.append(str(error)))
        self.tab.goto(client.server.guard.address)
        self.wait()

    def wait(self) -> None:
        """Waits until a photograph, or what is wrong with it, is shown."""
        self.tab.wait_for_selector("#canvas[aria-busy=false]")

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Returns the place on the screen of a point of the photograph, unzoomed."""
        box = self.tab.locator("#canvas").bounding_box()
        height, width = SIZE
        scale = 0.96 * min(box["width"] / width, box["height"] / height)
        left = box["x"] + (box["width"] - width * scale) / 2
        top = box["y"] + (box["height"] - height * scale) / 2
        return left + x * scale, top + y * scale

    def drag(self, *points: tuple[float, float]) -> None:
        """Moves the mouse along points with the button down."""
        self.tab.mouse.move(*self.at(*points[0]))
        self.tab.mouse.down()
        for point in points[1:]:
            self.tab.mouse.move(*self.at(*point), steps=4)
        self.tab.mouse.up()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tab.keyboard.press(key)

    def text(self, selector: str) -> str:
        return self.tab.inner_text(selector)


def eventually(check: Callable[[], bool], message: str = "") -> None:
    """Waits until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < deadline, message or "waited in vain"
        time.sleep(0.05)


def has_labels(root, name: str, expected: dict[tuple[int, int], int]) -> bool:
    """Returns whether pixels (x, y) of the scribble on disk have these labels."""
    if not (root / "scribbles" / f"{name}.png").is_file():
        return all(label == 255 for label in expected.values())
    labels = np.asarray(labels_of(root, name))
    return all(labels[y, x] == label for (x, y), label in expected.items())
