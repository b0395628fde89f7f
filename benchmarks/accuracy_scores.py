"""What the losses make of a filter's errors: maps to score, exact rows, scores."""

import dataclasses

import numpy as np
from scipy import ndimage

SCORES = (
    "W S",
    "W 1",
    "W S / W 1",
    "CRF",
    "cut",
    "kernel cut",
    "CRF gradient",
    "cut gradient",
)


def exact_rows(values, features, rows) -> np.ndarray:
    """Rows of the exact W V: float64 (R, C), rounded as the sums of float32 blocks."""
    columns_at_once = 1024  # stays in the cache
    features = features - features.mean(axis=0, dtype=np.float64)
    squares = np.sum(features**2, axis=1) / 2
    total = np.zeros((len(rows), values.shape[1]))
    for begin in range(0, len(features), columns_at_once):
        block = slice(begin, begin + columns_at_once)
        exponents = features[rows] @ features[block].T
        exponents -= squares[rows, None] + squares[block]
        affinity = np.exp(np.minimum(exponents, 0).astype(np.float32))
        total += affinity @ values[block]
    return total


def segmentations(image: np.ndarray, num_classes: int) -> list[np.ndarray]:
    """Made-up predictions: soft, confident, and nearly a label map.

    The logits are similarities to colours of the image, and smooth noise that knows
    nothing of it.

    Args:
        image: (H, W, 3) in [0, 255].
        num_classes: K.

    Returns:
        Probabilities (H * W, K): of the logits, of four times the logits, and 0.95
        for the likeliest class with the rest spread over all.
    """
    random = np.random.default_rng(0)
    pixels = image.reshape(-1, 3)
    colours = pixels[random.choice(len(pixels), num_classes)]
    distances = np.linalg.norm(pixels[:, None] - colours, axis=-1)
    noise = random.standard_normal((*image.shape[:2], num_classes))
    smooth = ndimage.gaussian_filter(noise, (image.shape[0] / 12,) * 2, axes=(0, 1))
    blobs = smooth.reshape(-1, num_classes) / smooth.std()
    logits = 1.5 * blobs - distances / 20
    likeliest = np.eye(num_classes)[logits.argmax(axis=1)]
    labels = 0.95 * likeliest + 0.05 / num_classes
    return [_softmax(logits), _softmax(4 * logits), labels]


def _softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


@dataclasses.dataclass
class Forms:
    """W S and W 1 at some rows, with the losses and gradients they give."""

    probs: np.ndarray  # S (R, K)
    filtered: np.ndarray  # W S (R, K)
    degrees: np.ndarray  # W 1 (R, 1)

    def __post_init__(self):
        self._within = np.sum(self.probs * self.filtered, axis=0)  # S_k' W S_k
        self._degree = np.sum(self.probs * self.degrees, axis=0)  # d' S_k

    def crf(self) -> float:
        """sum_k S_k' W (1 - S_k) / 1' W 1, the dense CRF loss."""
        return 1 - self._within.sum() / self.degrees.sum()

    def cut(self) -> float:
        """sum_k S_k' W (1 - S_k) / d' S_k, the normalized cut."""
        return np.sum(1 - self._within / self._degree)

    def crf_gradient(self) -> np.ndarray:
        """By the logits, up to a factor."""
        return self._at_logits(-2 * self.filtered)

    def cut_gradient(self) -> np.ndarray:
        """By the logits."""
        ratio = self._within / self._degree
        return self._at_logits(
            (ratio * self.degrees - 2 * self.filtered) / self._degree
        )

    def _at_logits(self, gradient):
        mean = np.sum(gradient * self.probs, axis=1, keepdims=True)
        return self.probs * (gradient - mean)


def score(maps, exact, filtered) -> dict[str, float]:
    """Errors in %, averaged over maps.

    Args:
        maps: list of probabilities (R, K), at the rows.
        exact: float64 (R, C), rows of W [S_1, S_2, ..., 1].
        filtered: the same of a lattice.

    Returns:
        `SCORES`: relative errors of W S and W 1 after the best common factor, of
        W S / W 1, and of the losses' values; 1 - cosine of the gradients.
    """
    scaled = filtered * np.vdot(filtered, exact) / np.vdot(filtered, filtered)
    errors = {
        "W S": [relative(scaled[:, :-1], exact[:, :-1])],
        "W 1": [relative(scaled[:, -1], exact[:, -1])],
    }
    errors.update({name: [] for name in SCORES[2:]})
    first = 0
    for probs in maps:
        channels = slice(first, first + probs.shape[1])
        first = channels.stop
        ours = Forms(probs, filtered[:, channels], filtered[:, -1:])
        true = Forms(probs, exact[:, channels], exact[:, -1:])
        errors["W S / W 1"].append(
            relative(ours.filtered / ours.degrees, true.filtered / true.degrees)
        )
        errors["CRF"].append(abs(ours.crf() / true.crf() - 1))
        errors["cut"].append(abs(ours.cut() / true.cut() - 1))
        kernel_cut = (ours.crf() + ours.cut()) / (true.crf() + true.cut())
        errors["kernel cut"].append(abs(kernel_cut - 1))
        errors["CRF gradient"].append(
            1 - cosine(ours.crf_gradient(), true.crf_gradient())
        )
        errors["cut gradient"].append(
            1 - cosine(ours.cut_gradient(), true.cut_gradient())
        )
    return {name: 100 * float(np.mean(values)) for name, values in errors.items()}


def relative(actual, expected) -> float:
    return np.linalg.norm(actual - expected) / np.linalg.norm(expected)


def cosine(first, second) -> float:
    return np.vdot(first, second) / (np.linalg.norm(first) * np.linalg.norm(second))
