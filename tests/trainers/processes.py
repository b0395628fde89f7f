"""Trains toys in processes of its own, for tests that kill them or connect them.

python processes.py resume FOLDER
python processes.py workers FOLDER PORT PORT
python processes.py lost FOLDER SIGNAL VICTIM PORT PORT
"""

import json
import os
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))

import toys
from deaths import arrange_death, start, wait

from trainers.engine.devices import make_strategy
from trainers.engine.run import Training, run
from trainers.errors import TrainingError

KILLS = [
    ("replace", 2),  # while the first weights are still under a temporary name
    ("written", 1),  # a checkpoint is complete, but the index does not name it yet
    ("torn", 2),  # a checkpoint is half written
    ("epoch", 7),  # wherever the process happens to be after this epoch
    ("replaced", 6),
    ("epoch", 14),
]


def train(folder: str, strategy=None) -> None:
    recipe = toys.make_recipe()
    config = toys.make_config(folder, epochs=20, checkpoint_every=2)
    source, val = toys.make_source(20), toys.make_source(2, name="val")
    run(recipe, config, source, val, strategy=strategy)


def resume(folder: str) -> None:
    """Trains once in peace, and once killed and started again and again."""

    killed = f"{folder}/killed"

    def train_and_die(moment: str, number: int) -> None:
        arrange_death(moment, number)
        train(killed)

    def end_of(moment: str, number: int) -> int:
        child = start(train_and_die, moment, number)
        if moment == "epoch":
            kill_after_epoch(child, killed, number)
        return wait(child)

    peaceful = start(train, f"{folder}/peaceful")
    ends = [end_of(*kill) for kill in KILLS]
    last = wait(start(train, killed))
    print(json.dumps({"peaceful": wait(peaceful), "killed": ends, "last": last}))


def kill_after_epoch(
    child: int, folder: str, epoch: int, number: int = signal.SIGKILL
) -> None:
    """Sends a child a signal as soon as its history has a row for `epoch`."""
    history = pathlib.Path(folder) / "history.csv"
    deadline = time.monotonic() + 400  # a busy machine starts a worker in minutes
    while time.monotonic() < deadline:
        if history.exists() and len(history.read_text().splitlines()) > epoch:
            break
        time.sleep(0.003)
    os.kill(child, number)


def workers(folder: str, *ports: str) -> None:
    """Trains with one worker per port and with one process."""
    cluster = {"worker": [f"localhost:{port}" for port in ports]}

    def work(index: int):
        task = {"type": "worker", "index": index}
        os.environ["TF_CONFIG"] = json.dumps({"cluster": cluster, "task": task})
        strategy = make_strategy("auto")
        recipe = toys.make_recipe(build_segmenter=toys.build_without_randomness)
        source, val = toys.make_source(), toys.make_source(2, name="val")
        config = toys.make_config(f"{folder}/workers", epochs=6, steps_per_epoch=1)
        seen = []
        save_weights(seen, f"{folder}/worker{index}.json")
        run(recipe, config, source, val, strategy=strategy)
        # A second run, begun from the first, needs the chief's files.
        config = toys.make_config(
            f"{folder}/second", init_from=f"{folder}/workers", epochs=1
        )
        run(recipe, config, source, val, strategy=strategy)

    children = [start(work, index) for index in range(len(ports))]
    print(json.dumps([wait(child) for child in children]))


def lost(folder: str, number: str, victim: str, *ports: str) -> None:
    """Sends a signal to one of two workers in training; tells how the other ends."""
    cluster = {"worker": [f"localhost:{port}" for port in ports]}
    survivor = 1 - int(victim)

    def work(index: int):
        task = {"type": "worker", "index": index}
        os.environ["TF_CONFIG"] = json.dumps({"cluster": cluster, "task": task})
        try:
            config = toys.make_config(f"{folder}/run", epochs=999, checkpoint_every=2)
            source = toys.make_source()
            run(toys.make_recipe(), config, source, strategy=make_strategy("auto"))
        except TrainingError as error:
            pathlib.Path(f"{folder}/error{index}").write_text(str(error))

    children = [start(work, index) for index in range(2)]
    kill_after_epoch(children[int(victim)], f"{folder}/run", 2, int(number))
    code = wait(children[survivor])
    os.kill(children[int(victim)], signal.SIGKILL)
    wait(children[int(victim)])
    error = pathlib.Path(f"{folder}/error{survivor}")
    print(json.dumps([code, error.read_text() if error.exists() else None]))


def save_weights(seen: list, path: str) -> None:
    """Lets the first training of this process write its final weights to `path`."""
    train_all = Training.run

    def run_and_save(self, title=""):
        train_all(self, title)
        if not seen:
            seen.append(True)
            values = [value.tolist() for value in self.average.values()]
            pathlib.Path(path).write_text(json.dumps(values))

    Training.run = run_and_save


if __name__ == "__main__":
    {"resume": resume, "workers": workers, "lost": lost}[sys.argv[1]](*sys.argv[2:])
