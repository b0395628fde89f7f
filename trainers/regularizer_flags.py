"""Flags about the regularizer, for `common_flags`."""

from absl import flags

from . import defaults
from .idle_flags import acts_only_with


def define_regularizer(
    flag_values: flags.FlagValues,
    name: str = "kernelcut",
    weight: float | None = None,
) -> None:
    """Which regularizer acts, and how; `Regularizer.from_flags` reads it.

    Args:
        flag_values: where to define the flags.
        name: of the usual regularizer.
        weight: usual weight; None: that of each in `defaults.REGULARIZER_WEIGHTS`.
    """
    weights = defaults.REGULARIZER_WEIGHTS.items()
    usual = ", ".join(f"{value:g} for {key}" for key, value in weights if value)
    own = {"flag_values": flag_values}
    flags.DEFINE_enum(
        "regularizer",
        name,
        list(defaults.REGULARIZERS),
        "ncut: normalized cut. crf: dense CRF. kernelcut: both. adm: dense CRF by "
        "proposals in place of gradients, DenseCRF-ADM.",
        **own,
    )
    define_regularizer_settings(flag_values)
    flags.DEFINE_float(
        "regularizer_weight",
        weight,
        "Weight of the regularizer against cross-entropy."
        + (f" Default: {usual}." if weight is None else ""),
        lower_bound=0,
        **own,
    )
    flags.DEFINE_float(
        "adm_weight",
        defaults.ADM_WEIGHT,
        "Weight of the dense CRF against the network's output in the proposals of adm.",
        lower_bound=0,
        **own,
    )
    refuse_idle_settings(flag_values)


def refuse_idle_settings(flag_values: flags.FlagValues) -> None:
    """Refuses settings that --regularizer makes no use of."""
    acting = [name for name in defaults.REGULARIZERS if name != "none"]
    for names, values, unless in (
        (["gamma"], ["kernelcut"], None),
        (["min_share"], ["ncut", "kernelcut"], None),
        (["adm_weight"], ["adm"], None),
        (["regularizer_weight", "ramp_epochs"], acting, None),
        (["sigma_xy", "sigma_rgb"], acting, "log_crf_energy"),
        (["equalized"], ["ncut", "crf", "kernelcut"], "log_crf_energy"),
    ):
        acts_only_with(names, "regularizer", values, flag_values, unless)


def define_regularizer_settings(flag_values: flags.FlagValues) -> None:
    """Bandwidths and ramp, the same for every regularizer."""
    own = {"flag_values": flag_values}
    flags.DEFINE_float(
        "gamma",
        defaults.GAMMA,
        "Weight of the normalized cut within kernelcut.",
        lower_bound=0,
        **own,
    )
    flags.DEFINE_float(
        "min_share",
        defaults.MIN_SHARE,
        "Classes that hold less of an image than this have no term in its normalized "
        "cut; 0 for eq. 5 as written, which rewards inventing absent classes.",
        lower_bound=0,
        upper_bound=1,
        **own,
    )
    flags.DEFINE_float(
        "sigma_xy",
        None,
        "Bandwidth in pixels of the crop. Default: 100 for a width of 513, and in "
        "proportion.",
        lower_bound=1e-3,
        **own,
    )
    flags.DEFINE_float(
        "sigma_rgb",
        None,
        "Bandwidth in intensities 0..255. Default: "
        f"{defaults.SIGMA_RGB:g}, or that of a published training.",
        lower_bound=1e-3,
        **own,
    )
    flags.DEFINE_bool(
        "equalized",
        False,
        "Whether the affinity of ncut, crf and kernelcut, and of the dense CRF energy, "
        "is filtered on an equalized lattice: closer to the exact one.",
        **own,
    )
    flags.DEFINE_float(
        "ramp_epochs",
        defaults.RAMP_EPOCHS,
        "Epochs over which the weight of the regularizer grows from zero.",
        lower_bound=0,
        **own,
    )
    flags.DEFINE_bool(
        "log_crf_energy",
        False,
        "Whether the history has the dense CRF energy of the training batches and of "
        "the validation images, whatever is minimized.",
        **own,
    )
