"""The one training loop: every trainer is a recipe, a config and data for `run`.

The loop is written on `strategy.run`, because `fit` of Keras 3 fails under
MultiWorkerMirroredStrategy. All of a step is one graph. Data, initial weights and
augmentation depend on the seed and the step alone, and a checkpoint holds everything
else. So a run that was killed and started again ends with the same weights, bit for
bit, as one that was not (on one device).

With several workers, each sees its rows of the same global batches, batch
normalization takes its statistics over all of them, each scores a part of the
validation images, and only the chief writes. All of them read checkpoints, so
`output_dir` has to be a shared folder.
"""

import functools
import statistics
import time
from typing import Any

import keras
import tensorflow as tf

from tf_rloss import data

from .averaging import WeightAverage
from .batches import batches
from .checkpoints import Checkpoints
from .config import RunConfig
from .data_files import check_data_files
from .devices import barrier, is_chief, lost_worker_named, make_strategy
from .identity import describe_data, describe_settings
from .networks import build_initialized, build_segmenter
from .optimizers import OptimizerGroups, head_multiplier
from .pictures import draw_curves, draw_predictions
from .progress import Progress
from .recipe import Recipe
from .report import write_run_report
from .result import Result, is_better, read_result
from .run_files import is_whole
from .run_folder import RunFolder
from .running_totals import RunningTotals
from .step import make_train_step
from .summaries import Summaries
from .validation import Validator

UNSHOWN = ("epoch", "step")
"""Columns of the history that the progress bar shows in another way."""


def run(
    recipe: Recipe,
    config: RunConfig,
    train_source: data.Source,
    val_source: data.Source | None = None,
    *,
    strategy: tf.distribute.Strategy | None = None,
    title: str = "",
) -> Result:
    """Trains a segmenter, or resumes or reports the training in `output_dir`.

    Args:
        recipe: the losses to minimize.
        config: settings of the run; those that are None are derived from the data.
        train_source: images to train on, with the recipe's targets.
        val_source: images with masks to validate on; None: no validation.
        strategy: devices to train on. Default: made from `config.strategy`; several
            workers must make theirs before TensorFlow does anything else.
        title: text before the progress.

    Raises:
        UserError: if `output_dir` holds another run, or an option does not fit.
        TrainingError: if a loss becomes infinite or NaN, or a worker or the folder is
            lost.
    """
    strategy = strategy or make_strategy(config.strategy)
    config = config.resolve(train_source)
    folder = RunFolder(config.output_dir, writable=is_chief(strategy))
    with folder.lock(), lost_worker_named(strategy.cluster_resolver):
        resumed = folder.claim(
            describe_settings(recipe, config), describe_data(train_source, val_source)
        )
        if folder.writable:
            files = {"training": train_source.files}
            files["validation"] = val_source.files if val_source is not None else ()
            check_data_files(folder.path, files, resumed=resumed)
        if folder.finished:
            print(f"{title or 'This run'} is finished already: {folder.path}")
            return read_result(folder.path)
        keras.utils.set_random_seed(config.seed)
        training = Training(recipe, config, train_source, val_source, strategy, folder)
        training.run(title)
        # The other workers must not go on before the chief has written the results.
        barrier(strategy)
    return read_result(folder.path)


class Training:
    """The state of a run and the loop that advances it."""

    def __init__(
        self,
        recipe: Recipe,
        config: RunConfig,
        train_source: data.Source,
        val_source: data.Source | None,
        strategy: tf.distribute.Strategy,
        folder: RunFolder,
    ):
        self.config, self.folder, self.train_source = config, folder, train_source
        self.make_batches = functools.partial(
            batches, train_source, recipe.targets, config, strategy
        )
        classes = train_source.num_classes
        segmenter = build_initialized(recipe, config, classes, strategy)
        self.recipe, self.segmenter = recipe, segmenter
        multiplier = recipe.lr_multiplier or head_multiplier(config.head_lr_multiplier)
        with strategy.scope():
            self.optimizers = OptimizerGroups(
                segmenter.trainable_variables, config, multiplier
            )
            self.average = WeightAverage(segmenter.weights, config.ema_decay)
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.totals = RunningTotals(
            tuple(recipe.losses), classes, tuple(recipe.monitors), recipe.label_target
        )
        state = {
            "step": [self.step],
            "segmenter": [variable.value for variable in segmenter.variables],
            "optimizers": [state.value for state in self.optimizers.variables],
            "average": self.average.shadows,
            "totals": self.totals.variables,
        }
        self.checkpoints = Checkpoints(folder.checkpoints, state, folder.writable)
        self.train_step = make_train_step(
            recipe,
            config,
            strategy,
            segmenter,
            optimizers=self.optimizers,
            average=self.average,
            step=self.step,
            totals=self.totals,
        )
        self.validator = Validator(
            build_segmenter(recipe, config, classes),
            val_source,
            recipe.energies,
            # A network of whole, resized images is scored on such images, too.
            config.crop_size if config.stretch else None,
            strategy,
        )
        self.summaries = Summaries(
            folder.tensorboard, config.tensorboard and folder.writable
        )
        self.history: list[dict[str, Any]] = []

    def run(self, title: str = "") -> None:
        """Trains from the newest checkpoint to the end and writes the results."""
        config = self.config
        step = self._resume()
        iterator = iter(self.make_batches(start_step=step))
        progress = Progress(config.epochs, config.steps_per_epoch, title, done=step)
        while step < config.total_steps:
            epoch = step // config.steps_per_epoch + 1
            self._run_epoch(iterator, step, epoch, progress)
            step = epoch * config.steps_per_epoch
            self._end_epoch(epoch, step, progress)
        self._finish()

    def _resume(self) -> int:
        if not self.checkpoints.restore():
            return 0
        step = int(self.step.numpy())
        columns = (*self._row(0, 0), "seconds")
        epochs = step // self.config.steps_per_epoch
        self.history = self.folder.read_history(epochs, columns)
        if self.folder.writable:
            print(f"Resuming {self.folder.path} at step {step}")
        return step

    def _run_epoch(self, iterator, step: int, epoch: int, progress: Progress) -> None:
        """Trains from `step` to the end of the epoch."""
        config = self.config
        end, began = epoch * config.steps_per_epoch, time.perf_counter()
        while step < end:
            self.train_step(iterator)
            step += 1
            if self.folder.writable and progress.due:
                self.totals.check_finite()
                done = step - (epoch - 1) * config.steps_per_epoch
                progress.update(epoch, done, self.totals.means())
            if step % config.checkpoint_every == 0 and step < end:
                self.totals.check_finite()
                self.totals.add_seconds(time.perf_counter() - began)
                began = time.perf_counter()
                self.folder.check_present()
                self.checkpoints.save(step)
        self.totals.check_finite()
        self.totals.add_seconds(time.perf_counter() - began)

    def _row(self, epoch: int, step: int) -> dict[str, Any]:
        """Returns a row of the history, without scores and seconds."""
        row = {"epoch": epoch, "step": step} | self.totals.means()
        row["learning_rate"] = self.optimizers.learning_rate
        return row | dict.fromkeys(self.validator.columns)

    def _end_epoch(self, epoch: int, step: int, progress: Progress) -> None:
        """Validates, writes weights and history, and only then the checkpoint."""
        config = self.config
        self.folder.check_present()
        row, seconds = self._row(epoch, step), self.totals.seconds
        if epoch % config.validate_every == 0 or epoch == config.epochs:
            row |= self._validate(epoch)
        if self.folder.writable:
            shown = {name: row[name] for name in row if name not in UNSHOWN}
            progress.end_epoch(epoch, seconds, shown)
            self.summaries.scalars(step, shown)
        self.history.append(row | {"seconds": round(seconds, 3)})
        self.folder.write_history(self.history)
        self.totals.reset()
        self.checkpoints.save(step)

    def _validate(self, epoch: int, alone: bool = False) -> dict[str, float | None]:
        """Scores the averaged weights and writes them; keeps the best apart.

        All workers score a part of the images, unless the chief does it `alone`.
        """
        self.validator.use(self.average.values())
        scores = self.validator.evaluate(alone)
        if not self.folder.writable:
            return {}
        step = epoch * self.config.steps_per_epoch
        self.summaries.picture(step, "predictions", self.validator.picture())
        metrics = self.folder.read_metrics() or {"finished": False, "best": None}
        metrics["last"] = scores and scores | {"epoch": epoch}
        if scores and is_better(scores, metrics["best"]):
            self.validator.save(self.folder.best)
            metrics["best"] = metrics["last"]
        self.validator.save(self.folder.last)
        self.folder.write_json(self.folder.metrics, metrics)
        if scores is None:
            return {}
        return {column: scores[name] for column, name in self.validator.columns.items()}

    def _finish(self) -> None:
        """Draws the pictures and marks the run as finished."""
        if not self.folder.writable:
            return
        if not (self.folder.read_metrics() and is_whole(self.folder.last)):
            # The user deleted a damaged file.
            self._validate(self.config.epochs, alone=True)
        self.summaries.close()
        draw_curves(self.history, self.folder.pictures / "curves.png")
        self.validator.use(self.average.values())
        draw_predictions(self.validator, self.folder.pictures / "predictions.png")
        seconds = [row["seconds"] for row in self.history]
        # The first epoch includes building the graph.
        usual = statistics.median(seconds[1:] or seconds or [0.0])
        metrics = self.folder.read_metrics() | {
            "finished": True,
            "epochs": self.config.epochs,
            "steps": self.config.total_steps,
            "seconds": round(sum(seconds), 3),
            "seconds_per_epoch": round(usual, 3),
        }
        write_run_report(self.folder, metrics, self.train_source, self.validator)
        self.folder.write_json(self.folder.metrics, metrics)
