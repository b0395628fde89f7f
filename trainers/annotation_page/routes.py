"""What the server answers: a function for each address."""

import dataclasses
import json
import pathlib
from collections.abc import Mapping
from typing import Any

from tf_rloss.data.image_files import inspect_image

from .folder import Folder, Photograph
from .operations import parse
from .pictures import (
    DISPLAY_SIDE,
    THUMBNAIL_SIDE,
    Pictures,
    shown_palette,
    strokes_picture,
)
from .predictions import Predictions
from .scribbles import Scribbles
from .training import Training

STATIC = pathlib.Path(__file__).parent / "static"
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
FILES = {path.name: path for path in STATIC.iterdir() if path.suffix in KINDS}
"""The files of the page: no other file of the package is ever sent."""
PAGE = "index.html"


@dataclasses.dataclass(frozen=True)
class Answer:
    """A successful answer.

    Attributes:
        body: its content.
        kind: its media type.
        lasting: whether the browser may keep it: its address names its version.
    """

    body: bytes
    kind: str
    lasting: bool = False


class NotFoundError(Exception):
    """There is nothing at that address."""


class Routes:
    """The answers about one folder."""

    def __init__(self, folder: Folder, predictions: Predictions, training: Training):
        self._folder, self._predictions = folder, predictions
        self._training = training
        self._scribbles, self._pictures = Scribbles(folder), Pictures()

    def get(self, parts: tuple[str, ...], query: Mapping[str, str]) -> Answer:
        """Answers a request that changes nothing.

        Args:
            parts: path of the address, without slashes and escapes.
            query: its query.

        Raises:
            NotFoundError: if there is no such address or photograph.
            FileError: if a file is damaged.
        """
        match parts:
            case ():
                return _file(PAGE)
            case ("static", name) if name in FILES:
                return _file(name)
            case ("api", "folder"):
                return _json(self._describe_folder())
            case ("api", "state"):
                return _json(self._state(query.get("photograph")))
            case ("api", "photographs", name):
                return _json(self._describe(name))
            case ("api", "photographs", name, picture):
                return self._picture(name, picture, query)
        raise NotFoundError("There is nothing at this address.")

    def post(self, parts: tuple[str, ...], value: Mapping[str, Any]) -> Answer:
        """Answers a request that changes something.

        Args:
            parts: path of the address.
            value: the JSON object that was sent.

        Raises:
            NotFoundError: if there is no such address or photograph.
            ConflictError: if the scribble has changed meanwhile.
            ValueError: if the object has another form.
            FileError: if a file is damaged.
            OSError: if a file cannot be written.
            UserError: if a training cannot start.
        """
        match parts:
            case ("api", "photographs", name, "strokes"):
                versions = [value.get("base"), value.get("version")]
                if not all(isinstance(version, str) for version in versions):
                    raise ValueError("base and version must be texts")
                classes = len(self._folder.classes.names)
                operations = parse(value.get("operations"), classes)
                photograph = self._find(name)
                version = self._scribbles.save(photograph, *versions, operations)
                return _json({"version": version, "done": version != "none"})
            case ("api", "training", "start"):
                self._training.start()
                return _json({})
            case ("api", "training", "stop"):
                self._training.stop()
                return _json({})
        raise NotFoundError("There is nothing at this address.")

    def _find(self, name: str) -> Photograph:
        try:
            return self._folder.find(name)
        except KeyError:
            raise NotFoundError("There is no such photograph.") from None

    def _describe_folder(self) -> dict[str, Any]:
        photographs, done = self._folder.refresh(), self._folder.done()
        colours = shown_palette(self._folder.palette).tolist()
        names = self._folder.classes.names
        return {
            "root": str(self._folder.root),
            "classes": [
                {"name": name, "colour": colour}
                for name, colour in zip(names, colours, strict=True)
            ],
            "photographs": [
                {
                    "name": photo.name,
                    "file": photo.image.name,
                    "done": photo.name in done,
                }
                for photo in photographs
            ],
            "problems": self._folder.problems,
        }

    def _state(self, name: str | None) -> dict[str, Any]:
        photograph = self._find(name) if name else None
        return {
            "prediction": self._predictions.state(photograph),
            "training": self._training.state(),
        }

    def _describe(self, name: str) -> dict[str, Any]:
        photograph = self._find(name)
        height, width = inspect_image(photograph.image)
        version = self._scribbles.version(photograph)
        return {"height": height, "width": width, "version": version}

    def _picture(self, name: str, picture: str, query: Mapping[str, str]) -> Answer:
        photograph = self._find(name)
        sides = {"display.jpg": DISPLAY_SIDE, "thumbnail.jpg": THUMBNAIL_SIDE}
        if picture in sides:
            content = self._pictures.photograph(photograph, sides[picture])
            return Answer(content, "image/jpeg")
        if picture == "strokes.png":
            labels = self._scribbles.labels(photograph, query.get("version", ""))
            content = strokes_picture(labels, self._folder.palette, DISPLAY_SIDE)
            return Answer(content, "image/png", lasting=True)
        if picture == "prediction.png" and query.get("model", "").isdecimal():
            content = self._predictions.picture(photograph, int(query["model"]))
            if content is not None:
                return Answer(content, "image/png")
        raise NotFoundError("There is nothing at this address.")


def _file(name: str) -> Answer:
    path = FILES[name]
    return Answer(path.read_bytes(), KINDS[path.suffix])


def _json(value: Any) -> Answer:
    return Answer(json.dumps(value).encode(), "application/json")
