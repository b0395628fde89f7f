"""Ways to damage the content of a file."""

import numpy as np

KINDS = (
    "flip",
    "flip",
    "flip",
    "flip many",
    "cut",
    "zeros",
    "noise",
    "repeat",
    "number",
    "nest",
    "long",
    "empty",
    "other",
)
_NUMBERS = (b"-1", b"0", b"1e999", b"NaN", b"99999999999999999999", b"1" * 5000)
_NESTS = (b"[", b'{"a":', b"<a>", b'"')


def damaged(random: np.random.Generator, content: bytes, kind: str) -> bytes:
    """Returns a content with damage of a kind.

    Args:
        random: random numbers.
        content: bytes of a file.
        kind: one of `KINDS`. "number" puts an odd number in place of digits, "nest"
            opens thousands of brackets, "long" repeats a byte for megabytes.
    """
    size = len(content)
    at = int(random.integers(size)) if size else 0
    if kind in ("flip", "flip many") and size:
        changed = bytearray(content)
        for place in random.integers(
            size, size=1 if kind == "flip" else 1 + size // 50
        ):
            changed[place] ^= 1 << int(random.integers(8))
        return bytes(changed)
    if kind == "cut":
        return content[:at]
    if kind == "zeros":
        return content[:at] + bytes(len(content[at : at + 64])) + content[at + 64 :]
    if kind == "noise":
        return content[:at] + random.bytes(64) + content[at:]
    if kind == "repeat":
        return content[:at] + content
    if kind == "number":
        digits = [i for i, byte in enumerate(content) if 48 <= byte < 58]
        at = digits[random.integers(len(digits))] if digits else at
        number = _NUMBERS[random.integers(len(_NUMBERS))]
        return content[:at] + number + content[at + 1 :]
    if kind == "nest":
        return (
            content[:at] + _NESTS[random.integers(len(_NESTS))] * 50_000 + content[at:]
        )
    if kind == "long":
        return content[:at] + random.bytes(1) * 3_000_000 + content[at:]
    return b"" if kind == "empty" else random.bytes(200)
