"""A process that makes contestants and runs them when it is asked to.

measure.py starts it: one for each number of threads, since TensorFlow's are set once
in a process, and one for each interpreter. Requests and replies are lines of JSON:

    {"make": "module:function", "name": ..., "arguments": {...}} -> facts
    {"run": name, "calls": n} -> {"ms": [...]}
    {"facts": name} -> facts
    {"memory": "module:function", "arguments": {...}, "threads": n} -> {"mb": ...}
    {"ask": "module:function", "arguments": {...}} -> what the function returns
    {"import": module} -> {}
    {"drop": true} -> {}

A contestant has `call()`, which does the work once and returns when it is done;
`facts()`, a dict of what else is known of it; and `output_bytes`, of what each call
allocates anew for its result.
"""

import contextlib
import ctypes
import importlib
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import numpy as np

MEGABYTE = 1e6


def make(maker: str, arguments: dict):
    """Calls `module:function` with the arguments; returns the contestant."""
    module, _, function = maker.partition(":")
    return getattr(importlib.import_module(module), function)(**arguments)


def run(contestant, calls: int) -> list[float]:
    """Times each of `calls` calls, in ms."""
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        contestant.call()
        times.append(1000 * (time.perf_counter() - start))
    return times


def measure_memory(maker: str, arguments: dict, threads: int) -> float | None:
    """MB that two calls need above inputs and outputs; None where Linux hides it.

    In a child of its own, since memory that was freed stays with a process. So this
    one must not have started TensorFlow's threads.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.environ["RLOSS_BENCHMARK_THREADS"] = str(threads)
            contestant = make(maker, arguments)
            _give_back_free_memory()
            with open("/proc/self/clear_refs", "w") as file:
                file.write("5")  # the peak starts anew
            before = _resident("VmRSS")
            run(contestant, 2)
            used = _resident("VmHWM") - before - contestant.output_bytes
            os.write(write, str(used / MEGABYTE).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read) as file:
        printed = file.read()
    os.waitpid(child, 0)
    return float(printed) if printed else None


def _give_back_free_memory() -> None:
    """What was freed before would hide as much of what is needed now."""
    with contextlib.suppress(AttributeError):  # a C library without it
        ctypes.CDLL(None).malloc_trim(0)


def _resident(name: str) -> int:
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return 1024 * int(line.split()[1])
    raise OSError(f"no {name} in /proc/self/status")


def serve(request: dict, contestants: dict) -> dict:
    """Does what one request asks for."""
    if "make" in request:
        contestant = make(request["make"], request["arguments"])
        contestants[request["name"]] = contestant
        return {"first_ms": run(contestant, 1)[0], **contestant.facts()}
    if "run" in request:
        return {"ms": run(contestants[request["run"]], request["calls"])}
    if "facts" in request:
        return contestants[request["facts"]].facts()
    if "memory" in request:
        maker, arguments = request["memory"], request["arguments"]
        return {"mb": measure_memory(maker, arguments, request["threads"])}
    if "import" in request:
        importlib.import_module(request["import"])
        return {}
    if "ask" in request:
        return make(request["ask"], request["arguments"])
    contestants.clear()
    return {}


def main():
    # Replies go where standard output went; what libraries print does not.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    contestants = {}
    for line in sys.stdin:
        try:
            reply = serve(json.loads(line), contestants)
        except Exception as error:  # the process that asked shall say it
            reply = {"error": f"{type(error).__name__}: {error}"}
        replies.write(json.dumps(reply, default=_number) + "\n")
        replies.flush()


def _number(value):
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value)} is no number")


if __name__ == "__main__":
    main()
