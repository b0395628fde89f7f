"""A server of the annotation page on a small folder, and a client for it."""

import contextlib
import http.client
import json
import pathlib
import threading
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from trainers.annotation_page.folder import Folder
from trainers.annotation_page.predictions import Predictions
from trainers.annotation_page.routes import Routes
from trainers.annotation_page.server import Server
from trainers.annotation_page.training import Training

CLASS_NAMES = ("background", "cat", "dog")
SIZE = (40, 60)
"""Height and width of the photographs."""


class Client:
    """Sends requests as the opened page does; arguments make them wrong."""

    def __init__(self, server: Server):
        self.server, self.port = server, server.server_address[1]
        name = f"tf_rloss_annotate_{self.port}"
        self.headers = {
            "Host": f"127.0.0.1:{self.port}",
            "Origin": f"http://127.0.0.1:{self.port}",
            "Cookie": f"{name}={server.guard.token}",
        }

    def send(self, method, path, body=None, **headers):
        """Returns status, headers and content; a header that is None is left out."""
        kind = {"Content-Type": "application/json"} if method == "POST" else {}
        sent = self.headers | kind
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in sent.items() if value is not None}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.putrequest(method, path, skip_host=True)
            if body is not None:
                sent.setdefault("Content-Length", str(len(body)))
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def get(self, path, **headers):
        """Returns the status and the JSON value."""
        status, _, content = self.send("GET", path, **headers)
        return status, json.loads(content)

    def post(self, path, value, **headers):
        """Returns the status and the JSON value."""
        body = json.dumps(value).encode()
        status, _, content = self.send("POST", path, body, **headers)
        return status, json.loads(content)

    def save(self, name, base, version, *operations):
        """Saves operations."""
        value = {"base": base, "version": version, "operations": operations}
        return self.post(f"/api/photographs/{name}/strokes", value)


def write_photographs(root: pathlib.Path, names: Sequence[str]) -> pathlib.Path:
    """Writes images/ with JPEGs of noise, and classes.txt."""
    (root / "images").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in names:
        array = rng.integers(0, 256, (*SIZE, 3)).astype(np.uint8)
        Image.fromarray(array).save(root / "images" / f"{name}.jpg")
    (root / "classes.txt").write_text("\n".join(CLASS_NAMES))
    return root


@contextlib.contextmanager
def serving(
    root: pathlib.Path, flags: Sequence[str] = (), max_side: int = 64
) -> Iterator[Client]:
    """Serves a folder, without a network; trainings lie in `runs` beside it."""
    folder = Folder(root)
    predictions = Predictions(folder, None, max_side)
    training = Training(folder, predictions, root.parent / "runs", flags)
    with Server("127.0.0.1", 0, Routes(folder, predictions, training)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield Client(server)
        finally:
            server.shutdown()
            thread.join()
            training.stop()


def stroke(label, width, *points):
    """Returns a stroke as the page sends it."""
    return {"kind": "stroke", "label": label, "width": width, "points": points}


def labels_of(root: pathlib.Path, name: str) -> np.ndarray:
    """Returns the labels in a scribble."""
    return np.asarray(Image.open(root / "scribbles" / f"{name}.png"))
