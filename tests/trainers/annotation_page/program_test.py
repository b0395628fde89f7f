"""The program that serves the annotation page, from its flags to its end."""

import http.client
import re
import signal
import threading
import webbrowser

import pytest
from page_client import write_photographs

from tests.trainers.tiny_run import call
from trainers import annotate
from trainers.annotation_page.server import Server


@pytest.mark.parametrize("screen", [True, False])
def test_the_page_is_served_until_it_is_interrupted(tmp_path, monkeypatch, screen):
    opened, answers = [], []
    serve_forever = Server.serve_forever

    def visit(server):
        thread = threading.Thread(target=serve_forever, args=(server, 0.05))
        thread.start()
        port = server.server_address[1]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", server.guard.address.partition(str(port))[2])
        answers.append(connection.getresponse().status)
        connection.close()
        server.shutdown()
        thread.join()
        raise KeyboardInterrupt

    monkeypatch.setattr(Server, "serve_forever", visit)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(webbrowser, "open", opened.append)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    if screen:
        monkeypatch.setenv("DISPLAY", ":0")
    root = write_photographs(tmp_path / "data", ["a"])
    code, out, err = call(annotate, data_dir=root, port=0, output_dir=tmp_path / "runs")
    assert code == 0, err
    address = re.search(r"Draw at (http://127\.0\.0\.1:\d+/\?token=\S+)", out)[1]
    assert answers == [200]
    assert opened == [address] * screen
    assert "The page is closed." in out
    assert not (tmp_path / "runs").exists()
