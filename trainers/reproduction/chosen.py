"""Settings chosen for the generated images, as the paper chose its own by validation.

Each by `python -m trainers.tune --regularizer=NAME --regularizer_weights=...`, which
scores on a quarter of the training images that it holds out; seed 0. docs/reproduce.md
has the tables. What flags say goes before these. Camouflaged images take the usual
settings, which are those of photographs.
"""

SYNTHETIC = {
    "crf": {"weight": 10.0},
    "kernelcut": {"weight": 10.0, "gamma": 0.03},
    "adm": {"weight": 3.0},
}
"""Name of a regularizer -> fields of `Regularizer`; others keep their defaults."""
