"""Where the systems of an experiment are trained: one network, one seed, one folder."""

import pathlib

from absl import flags

from tf_rloss import data

from .. import engine
from ..config import RunConfig
from ..published import Published
from ..trained import Trained, load_trained
from .systems import System


class Lab:
    """Trains systems, or finds what was trained, and scores them.

    Args:
        flag_values: parsed flags of the trainer, those of `define_training` among them.
        root: folder; each system gets one of its own in it.
        seed: of weights, order and augmentation.
        sources: the images to train on and those to validate on.
        published: settings of the paper, in place of those of the flags.

    Attributes:
        results: those of the systems that were asked for, by key.
    """

    def __init__(
        self,
        flag_values: flags.FlagValues,
        root: pathlib.Path,
        seed: int,
        sources: tuple[data.Source, data.Source],
        published: Published | None = None,
    ):
        self.published = published
        self.flags, self.root, self.seed = flag_values, root, seed
        self.source, self.val = sources
        self.results: dict[str, engine.Result] = {}

    def folder(self, system: System) -> pathlib.Path:
        return self.root / system.key

    def train(self, system: System, title: str = "") -> engine.Result:
        """Runs, resumes or looks up a training, and before it those it starts from."""
        if system.key in self.results:
            return self.results[system.key]
        if system.goes_on and self.published is not None:
            return self.train(system.after, title)
        if system.after is not None:
            self.train(system.after, title)
        config = self.config(system)
        source, val = system.sources(self)
        config = config.resolve(source)
        result = engine.run(
            system.recipe(self, config.crop_size[1]),
            config,
            source,
            val,
            title=f"{title} seed {self.seed} {system.key}".strip(),
        )
        self.results[system.key] = result
        return result

    def config(self, system: System) -> RunConfig:
        """The settings of a training, from the flags."""
        start = system.after and str(self.folder(system.after))
        fields = {"output_dir": str(self.folder(system)), "init_from": start}
        fields |= {"seed": self.seed, "strategy": "one_device"}
        return RunConfig.from_flags(
            self.flags, system.phase, self.published, **fields | system.fields(self)
        )

    def score(self, system: System) -> float:
        """mIoU in % on the validation images, after the last step."""
        return 100.0 * self.train(system).metrics["last"]["mean_iou"]

    def trained(self, system: System) -> Trained:
        """The network of a system, read back."""
        return load_trained("output_dir", str(self.train(system).last))
