"""Who the server of the annotation page answers, and which files it reads."""

import socket

import pytest
from page_client import serving, stroke, write_photographs
from PIL import Image

from trainers.annotation_page.guard import Guard, RefusedError

STROKE = stroke(1, 5, 10, 10, 30, 20)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = write_photographs(tmp_path_factory.mktemp("page") / "data", ["a", "b"])
    (root.parent / "secret.txt").write_text("secret")
    Image.new("RGB", (8, 8)).save(root.parent / "outside.jpg")
    (root / "images" / "link.jpg").symlink_to(root.parent / "outside.jpg")
    (root / "images" / "inner.jpg").symlink_to(root / "images" / "a.jpg")
    return root


@pytest.fixture(scope="module")
def client(root):
    with serving(root) as client:
        yield client


def test_the_printed_address_opens_the_page_and_gives_a_strict_cookie(client):
    path = client.server.guard.address.partition(str(client.port))[2]
    status, headers, content = client.send("GET", path, Cookie=None, Origin=None)
    assert status == 200 and b"<canvas" in content
    assert "HttpOnly" in headers["Set-Cookie"]
    assert "SameSite=Strict" in headers["Set-Cookie"]
    cookie = headers["Set-Cookie"].partition(";")[0]
    assert client.get("/api/folder", Cookie=cookie)[0] == 200
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy


PATHS = ["/", "/static/main.js", "/api/folder", "/api/state", "/api/photographs/a"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("value", ["none", "empty", "wrong", "other port"])
def test_nothing_is_sent_without_the_secret(client, path, value):
    token = client.server.guard.token
    cookie = {
        "none": None,
        "empty": f"tf_rloss_annotate_{client.port}=",
        "wrong": f"tf_rloss_annotate_{client.port}={token[:-1]}",
        "other port": f"tf_rloss_annotate_{client.port + 1}={token}",
    }[value]
    status, found = client.get(path, Cookie=cookie)
    assert status == 403 and "secret" in found["error"]
    assert client.get(f"{path}?token={token[1:]}", Cookie=cookie)[0] == 403


def test_a_change_needs_the_secret_in_the_cookie_not_in_the_address(client, root):
    path = f"/api/photographs/a/strokes?token={client.server.guard.token}"
    value = {"base": "none", "version": "none", "operations": [STROKE]}
    assert client.post(path, value, Cookie=None)[0] == 403
    assert not (root / "scribbles").exists()


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", None, ""],
)
def test_a_name_that_was_made_to_lead_here_is_refused(client, host):
    host = host and host.format(port=client.port)
    assert client.get("/api/folder", Host=host, Origin=None)[0] == 403


def test_names_of_this_machine_are_answered(client):
    for name in ("localhost", "127.0.0.1", "[::1]"):
        host = f"{name}:{client.port}"
        assert client.get("/api/folder", Host=host, Origin=None)[0] == 200


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:{port}"],
)
def test_other_pages_can_neither_read_nor_write(client, root, origin):
    origin = origin.format(port=client.port)
    assert client.get("/api/folder", Origin=origin)[0] == 403
    value = {"base": "none", "version": "none", "operations": [STROKE]}
    path = "/api/photographs/a/strokes"
    assert client.post(path, value, Origin=origin)[0] == 403
    assert client.post(path, value, Origin=None)[0] == 403
    assert not (root / "scribbles").exists()


def test_a_form_of_another_page_cannot_be_taken_for_json(client, root):
    """Browsers ask before they send JSON elsewhere, but not for text or forms."""
    value = {"base": "none", "version": "none", "operations": [STROKE]}
    for kind in ("text/plain", "application/x-www-form-urlencoded", None):
        path = "/api/photographs/a/strokes"
        status, found = client.post(path, value, Content_Type=kind)
        assert status == 400 and "application/json" in found["error"]
    assert not (root / "scribbles").exists()


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/static/../routes.py",
        "/static/%2e%2e%2froutes.py",
        "/static/..%2f..%2fannotate.py",
        "/static/",
        "/static",
        "/api/photographs/../../secret",
        "/api/photographs/..%2F..%2Fsecret.txt/display.jpg",
        "/api/photographs/%2Fetc%2Fpasswd/display.jpg",
        "/api/photographs/a.jpg/display.jpg",
        "/api/photographs/a%00/display.jpg",
        "/api/photographs/link/display.jpg",
        "/api/photographs/link",
        "/api/photographs/",
        "/images/a.jpg",
        "//etc/passwd",
        "/static//main.js/../../routes.py",
    ],
)
def test_no_path_leads_out_of_the_folder(client, path):
    status, found = client.get(path)
    assert status == 404, found


def test_links_inside_the_folder_are_followed_and_others_are_named(client):
    _, found = client.get("/api/folder")
    assert [item["name"] for item in found["photographs"]] == ["a", "b", "inner"]
    assert found["problems"] == ["images/link.jpg: is a link out of the folder"]
    assert client.send("GET", "/api/photographs/inner/display.jpg")[0] == 200


def test_a_photograph_that_becomes_a_link_out_of_the_folder_is_refused(tmp_path):
    root = write_photographs(tmp_path / "data", ["a"])
    Image.new("RGB", (8, 8)).save(tmp_path / "outside.jpg")
    with serving(root) as client:
        (root / "images" / "a.jpg").unlink()
        (root / "images" / "a.jpg").symlink_to(tmp_path / "outside.jpg")
        assert client.get("/api/photographs/a/display.jpg")[0] == 404


def test_a_scribble_that_is_a_link_is_neither_read_nor_written_through(tmp_path):
    root = write_photographs(tmp_path / "data", ["a"])
    (root / "scribbles").mkdir()
    Image.new("L", (60, 40), 1).save(tmp_path / "outside.png")
    before = (tmp_path / "outside.png").read_bytes()
    (root / "scribbles" / "a.png").symlink_to(tmp_path / "outside.png")
    with serving(root) as client:
        assert client.get("/api/photographs/a")[0] == 404
        assert client.save("a", "none", "none", STROKE)[0] == 404
    assert (tmp_path / "outside.png").read_bytes() == before


def test_long_and_endless_bodies_are_refused(client):
    path = "/api/photographs/a/strokes"
    for headers in (
        {"Content_Length": str(1 << 40)},
        {"Content_Length": "-1"},
        {"Content_Length": "1e3"},
        {"Content_Length": None, "Transfer_Encoding": "chunked"},
    ):
        status, _, content = client.send("POST", path, None, **headers)
        assert status == 400, content
    status, _, _ = client.send("GET", "/api/folder", b"x", Content_Length="1")
    assert status == 400


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"base": 1, "version": "none", "operations": []},
        {"base": "none", "version": "none", "operations": [stroke(3, 5, 1, 1)]},
        {"base": "none", "version": "none", "operations": [stroke(True, 5, 1, 1)]},
        {"base": "none", "version": "none", "operations": [stroke(1, 5, 1)]},
        {"base": "none", "version": "none", "operations": [stroke(1, 5, 1, 1e300)]},
        {"base": "none", "version": "none", "operations": [stroke(1, 0, 1, 1)]},
        {"base": "none", "version": "none", "operations": [{"kind": "x", "label": 1}]},
    ],
)
def test_bodies_of_another_form_are_refused(client, root, value):
    status, found = client.post("/api/photographs/a/strokes", value)
    assert status == 400 and found["error"]
    assert not (root / "scribbles").exists()


def test_json_that_is_nested_deeply_or_broken_is_refused(client):
    for body in (b"[" * 200_000, b'{"a": NaN', b"\xff"):
        assert client.send("POST", "/api/training/start", body)[0] == 400


def test_addresses_that_cannot_be_read_are_refused(client):
    for path in ("/?" + "&".join("a=1" for _ in range(50)), "http://[/"):
        assert client.send("GET", path)[0] == 400


def test_a_request_without_sense_does_not_end_the_server(client):
    for line in (
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01" * 50,
        b"BREW / HTTP/1.1\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", client.port), timeout=10) as raw:
            raw.sendall(line)
    assert client.get("/api/folder")[0] == 200


def test_a_server_for_all_addresses_answers_to_addresses_but_to_no_other_name():
    guard = Guard("0.0.0.0", 8765)
    for name in ("192.168.0.7", "[fe80::1]", socket.gethostname()):
        guard.check_host({"Host": f"{name}:8765"})
    for host in ("evil.example:8765", "192.168.0.7.evil.example:8765", "192.168.0.7"):
        with pytest.raises(RefusedError):
            guard.check_host({"Host": host})


def test_browsers_leave_out_the_usual_port():
    Guard("127.0.0.1", 80).check_host({"Host": "localhost"})
    with pytest.raises(RefusedError):
        Guard("127.0.0.1", 80).check_host({"Host": "evil.example"})


def test_two_servers_have_different_secrets():
    tokens = {Guard("127.0.0.1", 80).token for _ in range(20)}
    assert len(tokens) == 20 and min(map(len, tokens)) >= 32
