"""Reports in a real browser: pictures, sliders, colours, and nothing is fetched."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest
import toys
from toy_folder import write_folder

from tests.trainers.tiny_run import call
from trainers import check
from trainers.engine.run import run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("chromium is not installed", allow_module_level=True)

LISTEN = """<script>
window.faults = [];
const note = event => faults.push(event.message || "no file");
window.addEventListener("error", note, true);
</script>"""
LOOK = """<script>
addEventListener("load", () => {
  const slider = document.querySelector("input[type=range]"), found = {faults};
  if (slider) {
    const right = slider.closest("figure").querySelector(".right");
    const cut = () => getComputedStyle(right).clipPath;
    found.before = cut();
    slider.value = 20;
    slider.dispatchEvent(new Event("input", {bubbles: true}));
    found.after = cut();
  }
  found.stretched = [...document.images].filter(image => {
    const shape = image.naturalWidth / image.naturalHeight;
    return Math.abs(image.clientWidth / shape - image.clientHeight) > 1;
  }).map(image => image.alt);
  const images = [...document.images];
  found.images = images.length;
  found.empty = images.filter(i => !i.naturalWidth).length;
  found.fetched = performance.getEntriesByType("resource").map(entry => entry.name)
    .filter(name => !name.startsWith("data:"));
  found.overflow = document.documentElement.scrollWidth - innerWidth;
  found.dark = matchMedia("(prefers-color-scheme: dark)").matches;
  found.colours = ["body", ".warning", "figcaption", "th", "a", "pre"].flatMap(name => {
    let node = document.querySelector(name);
    if (!node) return [];
    const ink = getComputedStyle(node).color;
    const paper = node => getComputedStyle(node).backgroundColor;
    while (paper(node) == "rgba(0, 0, 0, 0)") node = node.parentElement;
    return [[name, ink, paper(node)]];
  });
  const result = document.createElement("pre");
  result.id = "found";
  result.textContent = JSON.stringify(found);
  document.body.append(result);
});
</script>"""
SCHEMES = {"dark": 0, "light": 1}
"""Chromium's numbers of the colours that a user prefers."""


def look_at(page, scheme, width):
    """What a browser finds on a page, and what it printed."""
    text = page.read_text(encoding="utf-8")
    watched = page.with_name("watched.html")
    watched.write_text(
        text.replace("<head>", f"<head>{LISTEN}", 1).replace(
            "</body>", f"{LOOK}</body>"
        )
    )
    command = [
        CHROMIUM,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--dump-dom",
    ]
    command += ["--disable-background-networking", "--enable-logging=stderr"]
    command += [f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}"]
    command += [f"--window-size={width},700", "--virtual-time-budget=5000"]
    command += [f"--user-data-dir={page.parent / 'browser'}", watched.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    (found,) = re.findall(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    return json.loads(found), done.stderr


def contrast(ink, paper):
    """The contrast of two colours, as WCAG 2 defines it."""
    luminances = []
    for colour in (ink, paper):
        rgb = np.array([float(x) for x in re.findall(r"[\d.]+", colour)[:3]]) / 255
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        luminances.append(linear @ (0.2126, 0.7152, 0.0722))
    return (max(luminances) + 0.05) / (min(luminances) + 0.05)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The report of a run and that of a folder with a fault."""
    folder = tmp_path_factory.mktemp("pages")
    config = toys.make_config(folder / "run", epochs=1)
    run(toys.make_recipe(), config, toys.make_source(), toys.make_source(2))
    write_folder(folder / "data" / "train", 4)
    write_folder(folder / "data" / "val", 2, ("images", "labels"))
    (folder / "data" / "val" / "labels" / "x.png").write_bytes(b"")
    call(check, data_dir=folder / "data", output_dir=folder / "check")
    return {name: folder / name / "report.html" for name in ("run", "check")}


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "width"), [("dark", 800), ("light", 500)])
@pytest.mark.parametrize("name", ["run", "check"])
def test_a_report_works_in_a_browser(pages, name, scheme, width):
    found, printed = look_at(pages[name], scheme, width)
    assert found["faults"] == []
    assert "CONSOLE" not in printed
    assert found["fetched"] == []
    assert found["images"] and not found["empty"]
    assert found["stretched"] == []
    assert found["overflow"] <= 0, "the page is wider than its window"
    assert found["dark"] is (scheme == "dark")
    assert len(found["colours"]) >= 4
    for element, ink, paper in found["colours"]:
        # What WCAG 2 asks of small text.
        assert contrast(ink, paper) >= 4.5, f"{element}: {ink} on {paper}"
    if name == "run":
        assert "50%" in found["before"]
        assert "20%" in found["after"]
