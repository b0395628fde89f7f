"""Opens the page: the folder, the network, the server and the browser."""

import os
import pathlib
import signal
import threading
import webbrowser

from ..options import Given, build
from .folder import Folder, find_root
from .options import AnnotationOptions
from .predictions import Predictions
from .rounds import newest_network
from .routes import Routes
from .server import Server
from .training import Training

SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
"""Variables of which one is set where a browser does not take up the terminal."""


def serve(given: Given) -> None:
    """Serves the page until it is interrupted.

    Args:
        given: flag -> value, for the flags that the user gave, and `output_dir`.

    Raises:
        UserError: if a folder, the classes, the network or the address is wrong.
    """
    options = build(AnnotationOptions, given)
    output_dir = pathlib.Path(given["output_dir"]).resolve()
    root = find_root(options.data_dir, options.input_dir)
    folder = Folder(root, options.class_names)
    predictions = Predictions(folder, options.modules, options.max_side)
    training = Training(folder, predictions, output_dir, options.training_arguments)
    routes = Routes(folder, predictions, training)
    with Server(options.host, options.port, routes) as server:
        newest = newest_network(output_dir)
        if options.model is not None:
            predictions.load(pathlib.Path(options.model))
        elif newest is not None:
            predictions.load_soon(newest)
        for problem in folder.problems:
            print(f"Left out: {problem}")
        # A terminal that closes ends the page as an interrupt does.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        print(f"Draw at {server.guard.address}", "(Ctrl-C ends it)", flush=True)
        if options.open_browser and any(map(os.environ.get, SCREENS)):
            address = (server.guard.address,)
            # Some browsers only return when they are closed.
            threading.Thread(target=webbrowser.open, args=address, daemon=True).start()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("\nThe page is closed.")
        finally:
            training.stop()
