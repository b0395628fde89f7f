"""The builder of `voc2012_scribble`; importing it registers the data set with TFDS."""

import numpy as np
import tensorflow_datasets as tfds

from tf_rloss.data.image_files import FileError, inspect_image
from tf_rloss.data.label_maps import read_label_map
from tf_rloss.data.scribbles.scribble_xml import read_scribble_xml
from tf_rloss.data.source import DataError
from tf_rloss.data.tfds.voc2012_files import LAYOUT, find_voc2012
from tf_rloss.labels import IGNORE_LABEL, VOC_CLASSES, voc_palette

_DESCRIPTION = """
PASCAL VOC 2012 for semantic segmentation, with the masks of SBD added, and scribbles
of ScribbleSup on the training images. Masks and scribbles hold the class of each
pixel, 0 for background and 255 for none. Images of val have scribbles of 255 only.
"""
_CITATION = """
@inproceedings{lin2016scribblesup,
  title={ScribbleSup: Scribble-Supervised Convolutional Networks for Semantic
         Segmentation},
  author={Lin, Di and Dai, Jifeng and Jia, Jiaya and He, Kaiming and Sun, Jian},
  booktitle={CVPR}, year={2016}}
"""


class Builder(tfds.core.GeneratorBasedBuilder):
    """Prepares the data set from files in the manual folder, and downloads nothing."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}  # noqa: RUF012, as TFDS defines it
    MANUAL_DOWNLOAD_INSTRUCTIONS = "Put these files into the manual folder:\n" + LAYOUT

    def _info(self) -> tfds.core.DatasetInfo:
        label_map = tfds.features.Image(shape=(None, None, 1), encoding_format="png")
        return tfds.core.DatasetInfo(
            builder=self,
            description=_DESCRIPTION,
            citation=_CITATION,
            homepage="http://host.robots.ox.ac.uk/pascal/VOC/voc2012/",
            features=tfds.features.FeaturesDict(
                {
                    "id": tfds.features.Text(),
                    "image": tfds.features.Image(encoding_format="jpeg"),
                    "mask": label_map,
                    "scribble": label_map,
                }
            ),
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager):
        root = dl_manager.manual_dir
        return {
            split: self._generate_examples(find_voc2012(root, split))
            for split in ("train", "val")
        }

    def _generate_examples(self, files):
        for name, paths in files.items():
            mask = _label_map(paths.mask)
            unlabelled = np.full_like(mask, IGNORE_LABEL)
            scribble = unlabelled if not paths.scribble else _label_map(paths.scribble)
            size = _checked(inspect_image, paths.image)
            for path, labels in ((paths.mask, mask), (paths.scribble, scribble)):
                if labels.shape != size:
                    raise DataError(
                        f"{path}: is {labels.shape[1]} x {labels.shape[0]} px, its "
                        f"image {size[1]} x {size[0]} px."
                    )
            yield (
                name,
                {
                    "id": name,
                    "image": str(paths.image),
                    "mask": mask[..., None],
                    "scribble": scribble[..., None],
                },
            )


def _label_map(path):
    """Reads the label map in a PNG or XML file with the classes of VOC."""
    if path.suffix == ".xml":
        return read_scribble_xml(path)
    palette = voc_palette(len(VOC_CLASSES))
    labels = _checked(lambda path: read_label_map(path, palette), path)
    wrong = labels[(labels >= len(VOC_CLASSES)) & (labels != IGNORE_LABEL)]
    if wrong.size:
        raise DataError(f"{path}: has label {wrong[0]}, outside 0 to 20 and not 255.")
    return labels


def _checked(read, path):
    """Reads a file, and names it if it is wrong."""
    try:
        return read(path)
    except FileError as error:
        raise DataError(f"{path}: {error}.") from error
