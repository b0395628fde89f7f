"""Compiles C++ files in parallel, and only those that changed."""

import concurrent.futures
import functools
import hashlib
import os
import shlex
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from build_tools.sources import ROOT
from build_tools.toolchain import find_compiler

OBJECTS = Path("build/objects")  # relative to ROOT, like all paths here
SHARED = ["-shared", "-pthread", "-ldl", "-Wl,--no-undefined"]  # to link a library


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        raise SystemExit(f"This failed:\n{shlex.join(command)}\n{done.stdout}")
    if done.stdout:
        print(done.stdout, end="", flush=True)


def _replace(command: Sequence[str], target: Path) -> None:
    """Runs `command -o <a new file>` and moves the file to `target` when complete."""
    folder = ROOT / target.parent
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as own:
        made = Path(own) / target.name
        started = time.time()
        _run([*command, "-o", str(made)])
        # A source that was edited meanwhile must count as newer.
        os.utime(made, (started, started))
        os.replace(made, folder / target.name)


def _is_current(target: Path, dependencies: Path) -> bool:
    """Returns whether `target` is newer than all files that the compiler listed."""
    try:
        made = (ROOT / target).stat().st_mtime
        text = (ROOT / dependencies).read_text().replace("\\\n", " ")
        files = text.partition(": ")[2].split()
        return all((ROOT / file).stat().st_mtime <= made for file in files)
    except FileNotFoundError:
        return False


def compile_object(
    source: Path,
    flags: Sequence[str],
    headers: Sequence[Path] = (),
    salt: str = "",
    together_with: Sequence[Path] = (),
) -> Path:
    """Compiles `source` if its object is missing or out of date.

    Args:
        source: relative to `ROOT`.
        flags: the compiler's flags; the object's name depends on them.
        headers: folders of headers that change only with `salt`.
        salt: text on which the object's name depends too, such as a version.
        together_with: further sources for the same object. The compiler reads them
            first, as one text with `source`, and the headers of all only once.

    Returns:
        the path of the object file, relative to `ROOT`.
    """
    command = [*find_compiler(), *flags, *shlex.split(os.environ.get("CXXFLAGS", ""))]
    for path in together_with:
        command += ["-include", str(path)]
    key = hashlib.sha256("\0".join([*command, salt]).encode()).hexdigest()[:12]
    target = OBJECTS / f"{source.with_suffix('')}-{key}.o"
    dependencies = target.with_suffix(".d")
    if not _is_current(target, dependencies):
        for folder in headers:
            command += ["-isystem", str(folder)]
        command += ["-MMD", "-MF", str(dependencies), "-MT", "object"]
        more = f" and {len(together_with)} more" if together_with else ""
        print(f"compiling {source}{more}", flush=True)
        _replace([*command, "-c", str(source)], target)
    return target


def calls(sources: Sequence[Path], flags: Sequence[str], **options: Any) -> list:
    """Returns calls that compile sources, one per object, as `compile_object` does."""
    return [functools.partial(compile_object, s, flags, **options) for s in sources]


def in_parallel(calls: Sequence) -> list:
    """Runs functions in parallel, one per processor; returns their results in order."""
    workers = len(os.sched_getaffinity(0))
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda call: call(), calls))


def link(
    objects: Sequence[Path],
    flags: Sequence[str],
    target: Path,
    libraries: Sequence[Path] = (),
) -> None:
    """Links `objects` into `target`, unless it was linked from the same before.

    `target` appears complete or not at all.

    Args:
        objects: relative to `ROOT`.
        flags: the linker's flags.
        target: absolute or relative to `ROOT`.
        libraries: libraries of this build that the flags name.
    """
    extra = shlex.split(os.environ.get("LDFLAGS", ""))
    command = [*find_compiler(), *map(str, objects), *flags, *extra]
    name = hashlib.sha256(str(ROOT / target).encode()).hexdigest()[:12]
    record = ROOT / OBJECTS / "linked" / name

    def described() -> str:
        files = [*objects, *libraries, target]
        times = [str((ROOT / file).stat().st_mtime_ns) for file in files]
        return "\n".join([*command, *times])

    try:
        if record.read_text() == described():
            return
    except FileNotFoundError:
        pass
    _replace(command, target)
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(described())
