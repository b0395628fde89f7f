"""Flags about how to train, for `common_flags`."""

from collections.abc import Callable

from absl import flags

from . import defaults
from .number_flags import define_numbers, define_pair


def define_training(flag_values: flags.FlagValues) -> None:
    """How to train; `RunConfig.from_flags` reads it."""
    own = {"flag_values": flag_values}
    flags.DEFINE_string(
        "model", defaults.MODEL, "Segmenter, one of tf_rloss.models.NAMES.", **own
    )
    flags.DEFINE_string(
        "weights",
        "none",
        "Weights of the backbone: `none`, `imagenet` (downloaded by Keras) or a file.",
        **own,
    )
    flags.DEFINE_integer(
        "batch_size",
        defaults.BATCH_SIZE,
        "Images per batch, over all devices and workers together.",
        lower_bound=1,
        **own,
    )
    flags.DEFINE_integer(
        "accumulate_steps",
        1,
        "Batches whose mean gradient makes one step, where memory allows small ones "
        "only.",
        lower_bound=1,
        **own,
    )
    define_pair(
        "crop_size",
        None,
        "Height and width of training crops in pixels, or one number for both. "
        "Default: the images' size, at most 513.",
        int,
        flag_values,
    )
    flags.DEFINE_integer(
        "steps_per_epoch",
        None,
        "Steps (updates of the weights) of an epoch. Default: each image once.",
        lower_bound=1,
        **own,
    )
    flags.DEFINE_enum(
        "optimizer",
        None,
        ["adam", "sgd"],
        "sgd has momentum. Default: adam from scratch, sgd for pretrained weights.",
        **own,
    )
    flags.DEFINE_float(
        "momentum", 0.9, "Momentum of sgd.", lower_bound=0, upper_bound=1, **own
    )
    flags.DEFINE_float(
        "weight_decay",
        None,
        "Decoupled decay of kernels. Default: 0 from scratch, 5e-4 for pretrained "
        "weights.",
        lower_bound=0,
        **own,
    )
    flags.DEFINE_float(
        "head_lr_multiplier",
        None,
        "Learning rate of the head over that of the rest. Default: 1 from scratch, 10 "
        "for pretrained weights.",
        lower_bound=0,
        **own,
    )
    flags.DEFINE_enum(
        "schedule",
        None,
        ["cosine", "poly", "step"],
        "How the learning rate falls. Default: cosine from scratch, poly for "
        "pretrained weights.",
        **own,
    )
    flags.DEFINE_float("poly_power", 0.9, "Exponent of the poly schedule.", **own)
    flags.DEFINE_integer(
        "step_epochs",
        10,
        "Epochs between two drops of the step schedule.",
        lower_bound=1,
        **own,
    )
    flags.DEFINE_float(
        "step_factor", 0.1, "Factor of a drop of the step schedule.", **own
    )
    flags.DEFINE_float(
        "ema_decay",
        defaults.EMA_DECAY,
        "Decay per step of the averaged weights, which are those evaluated and saved; "
        "0 turns averaging off.",
        lower_bound=0,
        upper_bound=0.9999999,
        **own,
    )
    flags.DEFINE_float(
        "color_jitter",
        defaults.COLOR_JITTER,
        "Strength of the colour augmentation; 0 turns it off.",
        lower_bound=0,
        upper_bound=5,
        **own,
    )
    flags.DEFINE_bool("flip", True, "Whether images are mirrored at random.", **own)
    define_pair(
        "scale_range",
        defaults.SCALE_RANGE,
        "Smallest and largest zoom of the augmentation.",
        float,
        flag_values,
    )
    define_numbers(
        "scales",
        "Zooms that the augmentation chooses from, in place of --scale_range.",
        flag_values,
    )
    flags.DEFINE_integer(
        "validate_every", 1, "Epochs between two validations.", lower_bound=1, **own
    )
    flags.DEFINE_integer(
        "checkpoint_every",
        200,
        "Steps between two checkpoints within an epoch; each epoch ends with one.",
        lower_bound=1,
        **own,
    )
    flags.DEFINE_bool(
        "tensorboard",
        True,
        "Whether to write TensorBoard summaries, if it is installed.",
        **own,
    )


def define_single_run(flag_values: flags.FlagValues) -> None:
    """What a trainer of one network has besides `define_training`."""
    own = {"flag_values": flag_values}
    flags.DEFINE_integer("seed", 0, "Seed of weights, order and augmentation.", **own)
    flags.DEFINE_enum(
        "strategy",
        "auto",
        ["auto", "one_device", "mirrored", "multi_worker"],
        "mirrored: all GPUs of this machine. multi_worker: the machines in the "
        "variable TF_CONFIG, which then share --output_dir. auto: multi_worker where "
        "TF_CONFIG is set, else one_device.",
        **own,
    )


def define_init_from(flag_values: flags.FlagValues) -> None:
    """Weights in place of a first phase."""
    flags.DEFINE_string(
        "init_from",
        None,
        "Weights to start phase 2 from, so that phase 1 is left out: the folder of "
        "another run, a .keras or a .weights.h5 file.",
        flag_values=flag_values,
    )


def define_phase(flag_values: flags.FlagValues, phase: str, what: str) -> None:
    """Length and learning rates of one phase.

    Args:
        flag_values: where to define the flags.
        phase: "phase1" or "phase2".
        what: what the phase does, for the help.
    """
    scratch = getattr(defaults.FROM_SCRATCH, phase)
    pretrained = getattr(defaults.PRETRAINED, phase)

    def define(kind: Callable, name: str, least: float, text: str) -> None:
        usual = (getattr(settings, name) for settings in (scratch, pretrained))
        text += " Default: {:g} from scratch, {:g} for pretrained weights.".format(
            *usual
        )
        kind(f"{phase}_{name}", None, text, lower_bound=least, flag_values=flag_values)

    define(flags.DEFINE_integer, "epochs", 1, f"Epochs of {what}.")
    define(
        flags.DEFINE_float, "learning_rate", 1e-12, f"First learning rate of {what}."
    )
    define(
        flags.DEFINE_float, "final_learning_rate", 0, f"Last learning rate of {what}."
    )
