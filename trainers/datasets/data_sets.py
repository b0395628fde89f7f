"""Sources of the data sets that are no folder of the user's."""

from collections.abc import Sequence

from tf_rloss import data

from ..errors import UserError
from .folders import existing_folder
from .options import SYNTHETIC, TFDS, VOC, DataOptions


def open_data_set(
    options: DataOptions,
    split: str,
    class_names: Sequence[str] | None = None,
    length_ratio: float | None = None,
) -> data.Source:
    """Returns the "train" or "val" images of any data set but a folder."""
    if options.dataset == VOC:
        if options.data_dir is None:
            raise UserError(f"--dataset={VOC} needs --data_dir.")
        root = existing_folder("data_dir", options.data_dir)
        return data.voc2012(split, root, length_ratio=length_ratio)
    if options.dataset == TFDS:
        return _open_tfds(options, split, class_names, length_ratio)
    assert options.dataset == SYNTHETIC
    return data.synthetic(
        split,
        num_images=options.synthetic_images
        if split == "train"
        else options.synthetic_val_images,
        size=options.synthetic_size,
        seed=options.data_seed,
        camouflage=options.synthetic_camouflage,
        length_ratio=1.0 if length_ratio is None else length_ratio,
    )


def _open_tfds(
    options: DataOptions,
    split: str,
    class_names: Sequence[str] | None,
    length_ratio: float | None,
) -> data.Source:
    """Returns a split of a data set of TFDS; `class_names` serve where flags do not."""
    if options.tfds_name is None:
        raise UserError(f"--dataset={TFDS} needs --tfds_name.")
    mask, names = options.tfds_mask, options.class_names
    if mask is not None:
        names = names or class_names
    if (mask is None) != (names is None):
        raise UserError("--tfds_mask and --class_names belong together.")
    return data.from_tfds(
        options.tfds_name,
        options.tfds_split if split == "train" else options.tfds_val_split,
        data_dir=options.data_dir,
        mask=mask,
        class_names=names,
        length_ratio=length_ratio,
    )
