"""Where the systems of an experiment are trained: one network, one seed, one folder."""

import dataclasses
import json
import pathlib
from collections.abc import Mapping
from typing import Any

from absl import flags

from tf_rloss import data, visualization
from tf_rloss.layers import PUBLISHED_CRFS

from .. import engine
from ..config import RunConfig
from ..crf_settings import SYNTHETIC, crf_settings, make_crf
from ..published import Published
from ..recipes import Regularizer
from ..run_folder import RunFolder
from ..scoring import score
from ..trained import Trained, load_trained
from .systems import CRF, System

USUAL_CRF = "deeplab_resnet101"
"""Post-processing of networks that none was published for."""
CRF_SCORE = "score_with_crf.json"
"""What post-processing with a dense CRF makes of a system's predictions."""


class Lab:
    """Trains systems, or finds what was trained, and scores them.

    Args:
        flag_values: parsed flags of the trainer, those of `define_training` among them.
        root: folder; each system gets one of its own in it.
        seed: of weights, order and augmentation.
        sources: the images to train on and those to validate on.
        network: name of the segmenter; None: that of the flags.
        published: settings of the paper, in place of those of the flags.
        chosen: name of a regularizer -> fields of `Regularizer` that were chosen for
            these images; what flags give goes before them.
        base: the lab of the network that this one is built on, where `published`
            has no weights of its own to start from.

    Attributes:
        results: those of the systems that were asked for, by key.
    """

    def __init__(
        self,
        flag_values: flags.FlagValues,
        root: pathlib.Path,
        seed: int,
        sources: tuple[data.Source, data.Source],
        network: str | None = None,
        published: Published | None = None,
        base: "Lab | None" = None,
        chosen: Mapping[str, Mapping[str, float]] | None = None,
    ):
        self.base, self.network, self.chosen = base, network, chosen or {}
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

    def regularizer(self, name: str, scribbles: str = "") -> Regularizer:
        """A regularizer with the settings of the flags, or those chosen.

        Args:
            name: of the regularizer.
            scribbles: "_clicks" for what was chosen for clicks.
        """
        regularizer = Regularizer.with_settings(name, self.flags)
        fields = {
            field: value
            for field, value in self.chosen.get(name + scribbles, {}).items()
            if field not in self.flags or not self.flags[field].present
        }
        return dataclasses.replace(regularizer, **fields)

    def finished(self, key: str) -> bool:
        """Whether a training was done, in this process or before."""
        folder = RunFolder(str(self.root / key), writable=False)
        return bool(folder.read_metrics().get("finished"))

    def config(self, system: System) -> RunConfig:
        """The settings of a training, from the flags."""
        published = self.published
        start = system.after and str(self.folder(system.after))
        if published is not None and published.phase2_from_weights:
            start = None
        fields = {"output_dir": str(self.folder(system)), "init_from": start}
        fields |= {"seed": self.seed, "strategy": "one_device"}
        if self.network is not None and published is None:
            fields["model"] = self.network
        if published is not None and published.weights is None:
            fields["weights"] = str(self.base.train(CRF).last)
        return RunConfig.from_flags(
            self.flags, system.phase, published, **fields | system.fields(self)
        )

    def score(self, system: System, *, crf: bool = False) -> float:
        """mIoU in % on the validation images, after the last step.

        Args:
            system: what to score.
            crf: whether a dense CRF refines the predictions.
        """
        result = self.train(system)
        if not crf:
            return 100.0 * result.metrics["last"]["mean_iou"]
        settings = self.crf_settings()
        file = result.last.parent / CRF_SCORE
        if file.exists():
            scored = json.loads(file.read_text())
            if scored["settings"] == settings:
                return 100.0 * scored["mean_iou"]
        confusion, _ = score(self.trained(system), self.val, refine=make_crf(settings))
        scored = {"settings": settings, "mean_iou": confusion.mean_iou}
        with visualization.atomic_file(file) as temporary:
            temporary.write_text(json.dumps(scored, indent=2) + "\n")
        return 100.0 * scored["mean_iou"]

    def crf_settings(self) -> dict[str, Any]:
        """Of post-processing: ours for generated images, else published ones."""
        model = self.published.model if self.published else self.flags.model
        if self.flags.dataset == SYNTHETIC:
            name = SYNTHETIC
        elif model in PUBLISHED_CRFS:
            name = model
        else:
            name = USUAL_CRF
        return crf_settings(name, max(self.val.size))

    def trained(self, system: System) -> Trained:
        """The network of a system, read back."""
        return load_trained("output_dir", str(self.train(system).last))
