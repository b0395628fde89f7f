"""Files with weights that try to read other files, or to fill the memory."""

import zipfile
import zlib

import h5py
import numpy as np
import pytest

from tf_rloss.models.weights import read_weights
from tf_rloss.models.weights_file import open_weights
from trainers.engine.run_files import is_whole


def external_data(file, folder):
    (folder / "secret").write_bytes(bytes(64))
    where = [(str(folder / "secret"), 0, 64)]
    file.create_dataset("a/vars/0", (8,), "f8", external=where)


def external_link(file, folder):
    with h5py.File(folder / "other.h5", "w") as other:
        other["x"] = np.ones(3)
    file["a"] = h5py.ExternalLink(str(folder / "other.h5"), "/x")


def soft_link(file, folder):
    file["a"] = h5py.SoftLink("/a")


def loop_of_groups(file, folder):
    file.create_group("a")["b"] = file["/"]


def sparse_data(file, folder):
    file.create_dataset("a/vars/0", (1 << 33,), "f8", chunks=(1 << 20,))


def virtual_data(file, folder):
    layout = h5py.VirtualLayout((3,), "f8")
    layout[:] = h5py.VirtualSource(str(folder / "other.h5"), "x", (3,))
    file.create_virtual_dataset("a", layout)


KINDS = (
    external_data,
    external_link,
    soft_link,
    loop_of_groups,
    sparse_data,
    virtual_data,
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_file_is_refused_in_one_sentence(kind, tmp_path):
    path = tmp_path / "a.weights.h5"
    with h5py.File(path, "w") as file:
        kind(file, tmp_path)
    with pytest.raises(ValueError, match="cannot be read") as error:
        read_weights(path)
    assert "\n" not in str(error.value)


def damaged_members(folder):
    """Yields archives of which one bit of the member's data or header is wrong."""
    with h5py.File(folder / "a.h5", "w") as file:
        file["a"] = np.arange(4096) % 97
    for packing in (zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        path = folder / "a.keras"
        with zipfile.ZipFile(path, "w", packing) as archive:
            archive.write(folder / "a.h5", "model.weights.h5")
        content = path.read_bytes()
        central = content.index(b"PK\x01\x02")
        # The flag of encryption, the kind of packing, and the packed data.
        for place in (central + 8, central + 10, *range(50, central, central // 40)):
            damaged = bytearray(content)
            damaged[place] ^= 1
            path.write_bytes(damaged)
            yield path


def test_every_damage_to_an_archive_is_told_in_one_sentence(tmp_path):
    found = set()
    for path in damaged_members(tmp_path):
        with pytest.raises(ValueError, match=r"is damaged|no layers") as error:
            read_weights(path)
        # Some bits do not matter: the member is still read, and holds no layers.
        assert is_whole(path) == ("no layers" in str(error.value))
        if error.value.__cause__ is not None:
            found.add(type(error.value.__cause__.__cause__))
    assert {zlib.error, zipfile.BadZipFile, RuntimeError} <= found


def test_arrays_of_any_size_and_none_are_read(tmp_path):
    path = tmp_path / "a.weights.h5"
    with h5py.File(path, "w") as file:
        file["empty"] = np.zeros((0, 3))
        file["number"] = 1.0
        file["large"] = np.zeros(1 << 16)
    with open_weights(path) as file:
        assert set(file) == {"empty", "number", "large"}
