"""The annotation page in a browser: drawing, saving, and what can go wrong."""

import pytest
from browser_page import Page, browser, eventually, has_labels
from page_client import labels_of, serving, write_photographs

WIDTHS = "document.querySelector('#width-shown').textContent"


@pytest.fixture(scope="module")
def chromium():
    with browser() as chromium:
        yield chromium


@pytest.fixture
def root(tmp_path):
    return write_photographs(tmp_path / "data", ["a", "b"])


@pytest.fixture
def client(root):
    with serving(root) as client:
        yield client


@pytest.fixture
def context(chromium):
    context = chromium.new_context(viewport={"width": 1000, "height": 700})
    yield context
    context.close()


def test_strokes_boxes_and_their_history_are_on_disk_at_once(context, client, root):
    page = Page(context, client)
    page.press("3", "[")
    page.drag((10, 10), (30, 10), (30, 20))
    eventually(lambda: has_labels(root, "a", {(20, 10): 2, (30, 15): 2, (20, 15): 255}))
    page.press("b")
    page.drag((5, 5), (55, 35))
    eventually(lambda: has_labels(root, "a", {(2, 2): 0, (57, 20): 0, (40, 30): 255}))
    page.press("e")
    page.drag((0, 10), (59, 10))
    eventually(
        lambda: has_labels(root, "a", {(20, 10): 255, (2, 10): 255, (30, 15): 2})
    )
    page.press("Control+z", "Control+z")
    eventually(lambda: has_labels(root, "a", {(20, 10): 2, (2, 2): 255}))
    page.press("Control+y")
    eventually(lambda: has_labels(root, "a", {(20, 10): 2, (2, 2): 0}))
    page.press("Control+z", "Control+z")
    eventually(lambda: not (root / "scribbles" / "a.png").exists())
    eventually(lambda: page.text("#saving") == "Saved")
    assert page.tab.is_disabled("#undo") and page.tab.is_enabled("#redo")
    assert "token" not in page.tab.url
    assert page.faults == []


def test_photographs_are_turned_over_and_marked(context, client, root):
    page = Page(context, client)
    assert page.text("#position") == "1 of 2, 0 done"
    page.drag((10, 10), (30, 10))
    eventually(lambda: page.text("#position") == "1 of 2, 1 done")
    page.press("n")
    page.wait()
    page.drag((10, 30), (30, 30))
    eventually(lambda: page.text("#position") == "2 of 2, 2 done")
    assert has_labels(root, "a", {(20, 10): 1, (20, 30): 255})
    assert has_labels(root, "b", {(20, 10): 255, (20, 30): 1})
    page.press("p")
    eventually(lambda: page.text("#position") == "1 of 2, 2 done")
    page.wait()
    page.press("Control+z")  # The history of a photograph stays.
    eventually(lambda: page.text("#position") == "1 of 2, 1 done")
    labels = page.tab.locator("#strip button").evaluate_all(
        "buttons => buttons.map(button => button.ariaLabel)"
    )
    assert labels == ["a.jpg, no strokes", "b.jpg, has strokes"]


def test_many_photographs_leave_the_page_as_wide_as_the_window(context, tmp_path):
    root = write_photographs(tmp_path / "many", [f"{n:02}" for n in range(40)])
    with serving(root) as client:
        page = Page(context, client)
        for _ in range(2):
            assert page.tab.evaluate("document.documentElement.scrollWidth") == 1000
            assert page.tab.locator("#show-help").bounding_box()["x"] < 1000
            page.tab.locator("#strip button").last.click()
            eventually(lambda: page.text("#position").startswith("40 of 40"))
        page.wait()
        page.press("3")
        page.drag((2, 2), (57, 2))  # from edge to edge
        eventually(lambda: has_labels(root, "39", {(3, 2): 2, (56, 2): 2}))


def test_keys_while_a_stroke_is_drawn_do_no_harm(context, client, root):
    page = Page(context, client)
    page.drag((10, 30), (30, 30))
    page.tab.mouse.move(*page.at(10, 10))
    page.tab.mouse.down()
    page.tab.mouse.move(*page.at(30, 10))
    page.press("Control+z")
    page.tab.mouse.move(*page.at(50, 10))
    page.tab.mouse.up()
    expected = {(20, 10): 1, (45, 10): 1, (20, 30): 255}
    eventually(lambda: has_labels(root, "a", expected))
    page.tab.mouse.move(*page.at(10, 20))
    page.tab.mouse.down()
    page.tab.mouse.move(*page.at(30, 20))
    page.press("n")
    page.wait()
    page.tab.mouse.move(*page.at(50, 20))
    page.tab.mouse.up()
    page.drag((10, 5), (50, 5))
    eventually(lambda: has_labels(root, "b", {(20, 5): 1, (40, 20): 255}))
    assert has_labels(root, "a", {(20, 20): 255})
    assert page.faults == []


def test_zoom_and_brush_keep_strokes_in_place(context, client, root):
    page = Page(context, client)
    page.tab.mouse.move(*page.at(30, 20))
    page.tab.mouse.wheel(0, -600)  # zooms about the pointer
    page.press("]", "]", "]")
    assert page.tab.evaluate(WIDTHS) == "4 px"
    page.press("[", "[", "[", "[")
    assert page.tab.evaluate(WIDTHS) == "1 px"
    page.tab.mouse.click(*page.at(30, 20))
    eventually(lambda: (root / "scribbles" / "a.png").exists())
    eventually(lambda: page.text("#saving") == "Saved")
    labels = labels_of(root, "a")
    assert 1 <= (labels == 1).sum() <= 4  # the pixels around the corner (30, 20)
    assert (labels[19:21, 29:31] == 1).any()


def test_strokes_that_are_not_saved_survive_a_reload(context, client, root):
    page = Page(context, client)
    page.tab.route("**/strokes", lambda route: route.abort())
    page.drag((10, 10), (30, 10))
    eventually(lambda: page.text("#saving").startswith("Not saved:"))
    page.tab.reload()
    page.wait()
    assert not (root / "scribbles" / "a.png").exists()
    page.tab.unroute("**/strokes")
    eventually(lambda: has_labels(root, "a", {(20, 10): 1}))
    page.press("Control+z")
    eventually(lambda: not (root / "scribbles" / "a.png").exists())
    eventually(lambda: page.tab.evaluate("localStorage.length") == 0)


def test_what_a_closed_tab_left_is_saved_by_the_next_one(context, client, root):
    page = Page(context, client)
    page.tab.route("**/strokes", lambda route: route.abort())
    page.drag((10, 10), (30, 10))
    eventually(lambda: page.text("#saving").startswith("Not saved:"))
    page.tab.close()
    assert not (root / "scribbles" / "a.png").exists()
    Page(context, client)
    eventually(lambda: has_labels(root, "a", {(20, 10): 1}))


@pytest.mark.slow
@pytest.mark.parametrize("choice", ["merge", "drop"])
def test_two_tabs_do_not_overwrite_each_other_in_silence(context, client, root, choice):
    first, second = Page(context, client), Page(context, client)
    first.tab.bring_to_front()
    first.drag((10, 10), (30, 10))
    eventually(lambda: has_labels(root, "a", {(20, 10): 1}))
    second.press("3")
    second.drag((10, 30), (30, 30))
    second.tab.wait_for_selector("#conflict[open]")
    assert has_labels(root, "a", {(20, 10): 1, (20, 30): 255})
    second.tab.click(f"#conflict button[value={choice}]")
    kept = 2 if choice == "merge" else 255
    eventually(lambda: has_labels(root, "a", {(20, 10): 1, (20, 30): kept}))
    eventually(lambda: second.text("#saving") == "Saved")
    # The second tab has the strokes of the first one below its own.
    second.drag((10, 20), (30, 20))
    expected = {(20, 10): 1, (20, 30): kept, (20, 20): 2}
    eventually(lambda: has_labels(root, "a", expected))
    assert first.faults == second.faults == []


def test_a_finger_draws_and_two_fingers_zoom(chromium, client, root):
    context = chromium.new_context(
        viewport={"width": 1000, "height": 700}, has_touch=True
    )
    page = Page(context, client)
    session = context.new_cdp_session(page.tab)

    def touch(kind, *points):
        places = [dict(zip("xy", page.at(*point), strict=True)) for point in points]
        named = [place | {"id": number} for number, place in enumerate(places)]
        session.send(
            "Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": named}
        )

    touch("Start", (10, 10))
    touch("Move", (30, 10))
    touch("End")
    eventually(lambda: has_labels(root, "a", {(20, 10): 1}))
    touch("Start", (20, 25))
    touch("Start", (20, 25), (30, 25))
    touch("Move", (10, 25), (40, 25))
    touch("End")
    eventually(lambda: page.text("#saving") == "Saved")
    assert has_labels(root, "a", {(20, 10): 1, (20, 25): 255})
    touch("Start", (25, 25))  # the middle of the fingers, which the zoom left in place
    touch("End")
    eventually(lambda: has_labels(root, "a", {(25, 25): 1}))
    context.close()


def test_a_pen_draws_and_the_hand_beside_it_only_moves_the_photograph(
    chromium, client, root
):
    context = chromium.new_context(
        viewport={"width": 1000, "height": 700}, has_touch=True
    )
    page = Page(context, client)
    session = context.new_cdp_session(page.tab)

    def pen(kind, *point, pressed):
        place = dict(zip("xy", page.at(*point), strict=True))
        session.send(
            "Input.dispatchMouseEvent",
            {"type": f"mouse{kind}", "pointerType": "pen", "clickCount": 1}
            | {"button": "left", "buttons": int(pressed)}
            | place,
        )

    page.tab.evaluate(
        """document.querySelector("#canvas").addEventListener(
            "pointerdown", event => { window.kind = event.pointerType; })"""
    )
    pen("Moved", 10, 10, pressed=False)
    pen("Pressed", 10, 10, pressed=True)
    pen("Moved", 30, 10, pressed=True)
    pen("Released", 30, 10, pressed=False)
    eventually(lambda: has_labels(root, "a", {(20, 10): 1}))
    assert page.tab.evaluate("window.kind") == "pen"
    for kind, point in [("Start", (10, 30)), ("Move", (30, 30)), ("End", None)]:
        points = [dict(zip("xy", page.at(*point), strict=True))] if point else []
        session.send(
            "Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points}
        )
    pen("Pressed", 20, 20, pressed=True)
    pen("Released", 20, 20, pressed=False)
    eventually(lambda: page.text("#saving") == "Saved")
    eventually(lambda: has_labels(root, "a", {(20, 10): 1, (20, 30): 255}))
    context.close()


def test_everything_has_a_name_and_can_be_reached_by_keys(context, client):
    page = Page(context, client)
    nameless = page.tab.evaluate("""() =>
        [...document.querySelectorAll("button, input, canvas, nav, dialog, progress")]
            .filter(e => !(e.ariaLabel || e.textContent.trim() || e.labels?.length
                || e.getAttribute("aria-labelledby")))
            .map(e => e.outerHTML)""")
    assert nameless == []
    reached = set()
    for _ in range(40):
        page.press("Tab")
        reached.add(page.tab.evaluate("document.activeElement.id"))
    wanted = {"canvas", "width", "opacity", "train", "undo", "zoom-in", "show-help"}
    assert wanted - {"undo"} <= reached  # There is nothing to undo.
    page.press("?")
    assert page.tab.is_visible("#help")
    page.press("Escape")
    assert not page.tab.is_visible("#help")


def test_the_page_says_what_is_wrong_with_a_file(context, client, root):
    (root / "images" / "a.jpg").write_bytes(b"no picture")
    page = Page(context, client)
    eventually(lambda: "not an image" in page.text("#notice"))
    page.press("n")
    page.wait()
    assert page.tab.is_hidden("#notice")
