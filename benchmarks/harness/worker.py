"""A process that makes contestants and runs them on request.

measure.py starts it. Requests and replies are lines of JSON:

    {"make": "module:function", "name": ..., "arguments": {...}} -> {"first_ms": ...}
    {"run": name, "calls": n} -> {"ms": [...]}
    {"facts": name} -> facts
    {"memory": "module:function", "arguments": {...}, "threads": n} -> {"mb": ...}
    {"ask": "module:function", "arguments": {...}} -> what the function returns
    {"import": module} -> {}
    {"drop": true} -> {}

A request that fails is answered by {"error": message}.
"""

import contextlib
import ctypes
import importlib
import json
import os
import pathlib
import sys
import time

MEGABYTE = 1e6


def call(function: str, arguments: dict):
    """Calls `module:function` with keyword arguments."""
    module, _, name = function.partition(":")
    return getattr(importlib.import_module(module), name)(**arguments)


def run(contestant, calls: int) -> list[float]:
    """Times each of `calls` calls of a contestant, in ms."""
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        contestant.call()
        times.append(1000 * (time.perf_counter() - start))
    return times


def measure_memory(maker: str, arguments: dict, threads: int) -> float | None:
    """Measures the memory of two calls at its peak, without inputs and outputs.

    It runs them in a forked child, because freed memory stays with a process. So this
    process must not have started TensorFlow's threads.

    Args:
        maker: "module:function" that makes the contestant.
        arguments: of that function.
        threads: for TensorFlow.

    Returns:
        MB, or None where the system does not show a process its peak.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.environ["RLOSS_BENCHMARK_THREADS"] = str(threads)
            contestant = call(maker, arguments)
            _return_free_memory()
            with open("/proc/self/clear_refs", "w") as file:
                file.write("5")  # resets the peak
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


def _return_free_memory() -> None:
    """Returns freed memory to the system, lest calls reuse it unseen."""
    with contextlib.suppress(AttributeError):  # some C libraries have no malloc_trim
        ctypes.CDLL(None).malloc_trim(0)


def _resident(name: str) -> int:
    """Returns a field of /proc/self/status in bytes."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return 1024 * int(line.split()[1])
    raise OSError(f"no {name} in /proc/self/status")


def serve(request: dict, contestants: dict) -> dict:
    """Answers one request; `contestants` holds those made so far, by name."""
    if "make" in request:
        contestant = call(request["make"], request["arguments"])
        contestants[request["name"]] = contestant
        first_ms = run(contestant, 1)[0]
        contestant.facts()  # those that sum over calls begin anew after the first
        return {"first_ms": first_ms}
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
        return call(request["ask"], request["arguments"])
    contestants.clear()
    return {}


def main():
    # Replies go to standard output; what libraries print there goes to standard error.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    contestants = {}
    for line in sys.stdin:
        try:
            reply = serve(json.loads(line), contestants)
        except Exception as error:  # the process that asked reports it
            reply = {"error": f"{type(error).__name__}: {error}"}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    # The checkout takes the place of this file's folder.
    sys.path[0] = str(pathlib.Path(__file__).resolve().parents[2])
    main()
