"""Damaged and hostile files for every reader, which reads or refuses them at once."""

import resource
import time

from tests.campaign.byte_damage import KINDS, damaged
from tests.campaign.readers import Reader, make_readers
from tests.campaign.session import Session

MOST_SECONDS = 20.0
"""Of a processor, for one file; the longest takes two on a quiet machine."""
MOST_MEMORY = 1 << 30
"""Bytes by which a single file may enlarge the process."""


def run(session: Session) -> None:
    """Tries files for the readers in turn."""
    scratch = session.folder / "valid"
    scratch.mkdir(exist_ok=True)
    readers = make_readers(scratch)
    for reader in readers:
        path = scratch / reader.name
        path.write_bytes(reader.valid)
        reader.read(path)  # A valid file is read, or the part is worth nothing.
    for case in session.cases():
        with session.scratch() as folder:
            reader = readers[case % len(readers)]
            kind = str(session.random().choice(KINDS))
            path = folder / reader.name
            path.write_bytes(damaged(session.random(), reader.valid, kind))
            try_file(session, reader, path, kind)


def try_file(session: Session, reader: Reader, path, kind: str) -> None:
    """Reads a file and judges how that ends."""
    memory, began = peak_memory(), time.process_time()
    try:
        reader.read(path)
        session.tried("read all the same")
    except reader.refusals as error:
        session.tried("refused")
        if len(str(error).strip()) < 10:
            session.find(f"{reader.name}, {kind}: refused without a message")
        elif "Traceback" in str(error) or len(str(error)) > 3000:
            session.find(f"{reader.name}, {kind}: not a sentence: {error!s:.500}")
    except Exception as error:
        session.find(
            f"{reader.name}, {kind}: raised {type(error).__name__}: {error!s:.300}"
        )
    seconds = time.process_time() - began
    if seconds > MOST_SECONDS:
        session.find(f"{reader.name}, {kind}: took {seconds:.0f} s")
    if peak_memory() - memory > MOST_MEMORY:
        grown = (peak_memory() - memory) >> 20
        session.find(f"{reader.name}, {kind}: took {grown} MiB of memory")


def peak_memory() -> int:
    """Returns the largest size in bytes that the process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
