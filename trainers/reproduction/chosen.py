"""Settings chosen for the generated images, as the paper chose its own by validation.

Each by `python -m trainers.tune --regularizer=NAME --regularizer_weights=...`, which
scores on a quarter of the training images that it holds out; seed 0. docs/reproduce.md
has the tables. What flags say goes before these.
"""

SYNTHETIC = {
    "crf": {"weight": 10.0},
    "kernelcut": {"weight": 10.0, "gamma": 0.03},
    "adm": {"weight": 3.0},
    "kernelcut_clicks": {"weight": 10.0},
}
"""Name of a regularizer -> fields of `Regularizer`; others keep their defaults.
NAME_clicks is for clicks in place of scribbles (`--length_ratio=0`), where more of the
normalized cut helps."""
CAMOUFLAGED = {"adm": {"weight": 0.3}}
"""The same for camouflaged images. The usual weight of "crf" is the best there too."""
