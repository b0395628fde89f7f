"""Parts that crash and hang, to test that the campaign notices it.

python -m tests.campaign.broken_parts ACTION FOLDER SETTINGS
"""

import json
import os
import pathlib
import signal
import sys
import time

from tests.campaign.session import Session


def die(session: Session) -> None:
    """Crashes in case 1."""
    for case in session.cases():
        if case == 1:
            os.kill(os.getpid(), signal.SIGSEGV)


def hang(session: Session) -> None:
    """Hangs in every case."""
    for _ in session.cases():
        time.sleep(600)


if __name__ == "__main__":
    _, action, folder, settings = sys.argv
    session = Session(pathlib.Path(folder), **json.loads(settings))
    {"die": die, "hang": hang}[action](session)
