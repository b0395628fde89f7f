"""Notices that a program prints: the package's own, without TensorFlow's noise."""

import contextlib
import logging
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator

# TensorFlow's C++ part prints these at start-up, whatever TF_CPP_MIN_LOG_LEVEL says:
# information and warnings in glog's form. Errors, and everything else, are passed on.
NOISE = re.compile(rb"[IW]\d{4} |WARNING: All log messages before absl::InitializeLog")


class PrintingHandler(logging.Handler):
    """Prints messages as they are."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record))


def show_notices() -> None:
    """Prints what the package logs for its users, such as which weights it read."""
    logger = logging.getLogger("tf_rloss")
    logger.setLevel(logging.INFO)
    if not any(isinstance(handler, PrintingHandler) for handler in logger.handlers):
        logger.addHandler(PrintingHandler())


def start_tensorflow() -> None:
    """Imports TensorFlow and starts its devices; prints what is worth reading.

    Where TF_CONFIG is set there are several workers. They start their devices with
    their strategy, which has to come first.
    """
    # Pillow warns of odd notes of a camera in photographs that can be read.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
    with without_noise():
        import tensorflow as tf

        tf.get_logger().addFilter(is_worth_reading)
        if not os.environ.get("TF_CONFIG"):
            tf.config.list_logical_devices()


def is_worth_reading(record: logging.LogRecord) -> bool:
    """Returns whether a message of TensorFlow's Python part helps the user.

    A training of a step or two is traced more often than it runs; TensorFlow warns of
    that as if it were a mistake.
    """
    return "tf.function retracing" not in record.getMessage()


@contextlib.contextmanager
def without_noise() -> Iterator[None]:
    """Holds back what is written to stderr, by C++ too, and then drops the noise."""
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL", "0") in ("0", "1"):
        yield  # Messages were asked for.
        return
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        stderr = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
            held.seek(0)
            kept = [line for line in held if not NOISE.match(line)]
            os.write(2, b"".join(kept))
