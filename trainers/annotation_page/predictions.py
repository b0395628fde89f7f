"""Predictions of the photograph that is on the page, made in a thread of their own."""

import pathlib
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..crf_options import CRFOptions
from ..errors import UserError
from ..trained.labelling import Predict, make_predict
from ..trained.loading import Trained, load_trained
from ..trained.photographs import labels_at, reduce_to
from .bounded_cache import BoundedCache
from .folder import Folder, Photograph
from .pictures import prediction_picture

_CACHE = 64 << 20  # bytes
FLAG = "model"


class Predictions:
    """The network, and its latest predictions.

    A prediction is made when it is asked for, and only of the photograph that was asked
    for last: whoever turns pages quickly does not wait for those that passed by.

    Args:
        folder: the photographs and their classes.
        modules: modules with layers that the network needs.
        max_side: longer side in pixels that the network sees at most.
    """

    def __init__(self, folder: Folder, modules: Sequence[str] | None, max_side: int):
        self._folder, self._modules, self._max_side = folder, modules, max_side
        self._pictures = BoundedCache(_CACHE)
        self._failures: dict[tuple[int, str], str] = {}
        self._wake = threading.Condition()
        self._wanted: Photograph | None = None
        self._next: pathlib.Path | None = None
        self._trained: Trained | None = None
        self._predict: Predict | None = None
        self._number = 0
        self._fault = ""
        threading.Thread(target=self._work, name="predictions", daemon=True).start()

    @property
    def trained(self) -> Trained | None:
        """The network in use; None before there is one."""
        return self._trained

    def load(self, path: pathlib.Path) -> None:
        """Loads a network and uses it from now on.

        Raises:
            UserError: if it cannot be read, or has other classes than the folder.
        """
        trained = load_trained(FLAG, str(path), self._modules)
        names = self._folder.classes.names
        found = trained.class_names
        if trained.num_classes != len(names) or (found and tuple(found) != names):
            described = ", ".join(found) if found else f"{trained.num_classes} classes"
            raise UserError(
                f"--{FLAG}={path} predicts {described}, and the folder has the classes "
                f"{', '.join(names)}."
            )
        trained.check_form(trained.image_form)
        predict = make_predict(trained, CRFOptions())
        with self._wake:
            self._trained, self._predict, self._fault = trained, predict, ""
            self._number += 1

    def load_soon(self, path: pathlib.Path) -> None:
        """Lets the thread load a network; a fault is told by `state`."""
        with self._wake:
            self._next = path
            self._wake.notify()

    def state(self, photograph: Photograph | None) -> dict[str, Any]:
        """Returns what is known of a prediction, and asks for it.

        Args:
            photograph: the photograph on the page, if any.

        Returns:
            `model`: number of the network, 0 for none. `path`: where it lies. `state`:
            "none", "waiting", "ready" or "failed", with the reason in `message`.
        """
        with self._wake:
            path = str(self._trained.path) if self._trained else None
            known = {"model": self._number, "path": path, "message": self._fault}
            if photograph is None or not self._number:
                waiting = self._next is not None
                return known | {"state": "waiting" if waiting else "none"}
            key = (self._number, photograph.name)
            if key in self._failures:
                return known | {"state": "failed", "message": self._failures[key]}
            if self._pictures.get(key) is not None:
                return known | {"state": "ready"}
            self._wanted = photograph
            self._wake.notify()
            return known | {"state": "waiting"}

    def picture(self, photograph: Photograph, model: int) -> bytes | None:
        """Returns a prediction as a PNG, None if it is not there."""
        return self._pictures.get((model, photograph.name))

    def _work(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._next or self._wanted)
                path, photograph = self._next, self._wanted
                predict, number = self._predict, self._number
                if path is None:
                    self._wanted = None
            if path is not None:
                self._load(path)
            elif predict is not None:
                self._label(photograph, predict, number)

    def _load(self, path: pathlib.Path) -> None:
        try:
            self.load(path)
            fault = ""
        except Exception as error:  # The page goes on without a new network.
            fault = f"The network cannot be used: {error}"
        with self._wake:
            self._fault = fault
            self._next = None if self._next == path else self._next

    def _label(self, photograph: Photograph, predict: Predict, number: int) -> None:
        """Predicts a photograph as trainers.predict does, at the network's size."""
        key = (number, photograph.name)
        try:
            max_side = round(self._max_side / self._trained.network_scale)
            image = self._trained.image_form.read(photograph.image)
            image = reduce_to(image, max_side)
            labels = labels_at(predict(image), image.shape[:2])
            picture = prediction_picture(labels, np.asarray(self._folder.palette))
        except Exception as error:  # Of one photograph; the others have their own.
            with self._wake:
                self._failures[key] = f"{photograph.image.name}: {error}"
            return
        self._pictures.put(key, picture)
