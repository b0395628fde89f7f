"""Recipes: the losses of a training, and the signals of a batch that they act on."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import keras
import tensorflow as tf

from .optimizers import LrMultiplier

PROBS = "probs"
"""The output that every training graph has: the segmenter's probabilities."""
CRF_ENERGY = "crf_energy"
"""Monitor of the dense CRF energy; its validation column is `val_crf_energy`."""
LABEL_TARGETS = ("mask", "scribble", "cues")
"""Targets that hold class labels, the most complete first."""

TrainingGraph = Callable[..., Mapping[str, tf.Tensor]]


@dataclasses.dataclass(frozen=True)
class Recipe:
    """The objective of a run: the sum over terms of weight * loss(target, output).

    A term reads the target that has its own name, and the segmenter's probabilities,
    unless `target_of` and `output_of` say otherwise.

    Attributes:
        losses: the loss of each term; `call(target, output)` returns (B,).
        loss_weights: the weight of each term.
        ramped: terms whose weight grows from zero over `config.ramp_epochs`.
        flags: the settings that the losses were built from, by the name of their
            flag. A run is only resumed with the same ones.
        build_segmenter: `build_segmenter(num_classes, weights)` returns the network;
            None: `tf_rloss.models.build` with `config.model`.
        lr_multiplier: learning-rate factor of a variable, 0 freezes it; None:
            `config.head_lr_multiplier` for the head.
        target_of: term -> its target. Several terms may share one.
        output_of: term -> the output of the training graph that it reads.
        training_graph: `training_graph(segmenter)` returns a function of `(image,
            training=True)` that shares the segmenter's weights and returns `{"probs":
            probabilities (B, H, W, K), ...}`, with further outputs for `output_of`;
            None: the segmenter itself.
        monitors: further terms, which are computed and logged but not minimized.
            Those of the image and the probabilities are logged for the validation
            images, too.
    """

    losses: Mapping[str, keras.losses.Loss]
    loss_weights: Mapping[str, float]
    ramped: tuple[str, ...] = ()
    flags: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    build_segmenter: Callable[[int, str | None], keras.Model] | None = None
    lr_multiplier: LrMultiplier | None = None
    target_of: Mapping[str, str] = dataclasses.field(default_factory=dict)
    output_of: Mapping[str, str] = dataclasses.field(default_factory=dict)
    training_graph: Callable[[keras.Model], TrainingGraph] | None = None
    monitors: Mapping[str, keras.losses.Loss] = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        if not self.losses or set(self.losses) != set(self.loss_weights):
            raise ValueError(
                "`losses` and `loss_weights` must have the same terms, one at "
                f"least. Received: {sorted(self.losses)} and "
                f"{sorted(self.loss_weights)}"
            )
        if both := set(self.monitors) & set(self.losses):
            raise ValueError(
                "`monitors` must be terms that `losses` does not have. "
                f"Received in both: {sorted(both)}"
            )
        for name, known in (
            ("ramped", self.losses),
            ("target_of", self.terms),
            ("output_of", self.terms),
        ):
            if not set(getattr(self, name)) <= set(known):
                raise ValueError(
                    f"`{name}` must name terms, some of {sorted(known)}. "
                    f"Received: {getattr(self, name)}"
                )
        if self.training_graph is None and set(self.output_of.values()) - {PROBS}:
            raise ValueError(
                f"`output_of` must be {PROBS!r} without a `training_graph`. "
                f"Received: {self.output_of}"
            )

    @property
    def terms(self) -> dict[str, keras.losses.Loss]:
        """All terms: those minimized and those only logged."""
        return {**self.losses, **self.monitors}

    @property
    def targets(self) -> tuple[str, ...]:
        """The signals that the data has to yield, each once."""
        return tuple(dict.fromkeys(self.target(term) for term in self.terms))

    @property
    def label_target(self) -> str | None:
        """The target that holds class labels, for the mIoU while training."""
        return next((name for name in LABEL_TARGETS if name in self.targets), None)

    @property
    def energies(self) -> dict[str, keras.losses.Loss]:
        """Monitors that need nothing but image and probabilities."""
        return {
            name: loss
            for name, loss in self.monitors.items()
            if (self.target(name), self.output(name)) == ("image", PROBS)
        }

    def target(self, term: str) -> str:
        """Returns the name of the target of a term."""
        return self.target_of.get(term, term)

    def output(self, term: str) -> str:
        """Returns the name of the output of the training graph that a term reads."""
        return self.output_of.get(term, PROBS)

    def make_graph(self, segmenter: keras.Model) -> TrainingGraph:
        """Returns the function from an image to `{output: tensor}` that is trained."""
        if self.training_graph is not None:
            return self.training_graph(segmenter)

        def graph(image: tf.Tensor, training: bool = True) -> dict[str, tf.Tensor]:
            return {PROBS: segmenter(image, training=training)}

        return graph
