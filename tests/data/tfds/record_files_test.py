"""Records are those that TensorFlow wrote, in any order."""

import pytest
import tensorflow as tf

from tf_rloss.data import DataError
from tf_rloss.data.tfds.record_files import Records, TFRecordFile

CONTENT = [b"", b"a", b"\x00" * 1000, bytes(range(256))]


@pytest.fixture
def path(tmp_path):
    with tf.io.TFRecordWriter(str(tmp_path / "a.tfrecord")) as writer:
        for record in CONTENT:
            writer.write(record)
    return tmp_path / "a.tfrecord"


def test_records_are_those_that_tensorflow_wrote(path):
    file = TFRecordFile(path)
    assert len(file) == len(CONTENT)
    assert [file[index] for index in (3, 0, 2, 1)] == [CONTENT[i] for i in (3, 0, 2, 1)]


def test_parts_of_files_follow_one_another(path):
    records = Records("tfrecord", [(path, 2, -1), (path, 0, 2)])
    assert list(records) == [CONTENT[2], CONTENT[3], CONTENT[0], CONTENT[1]]


@pytest.mark.parametrize("end", [3, 14, 17, -1])
def test_a_cut_file_is_refused(path, end):
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(DataError, match=r"a\.tfrecord: is damaged"):
        TFRecordFile(path)


def test_other_formats_are_refused(path):
    with pytest.raises(DataError, match=r"tfrecord or array_record.*'riegeli'"):
        Records("riegeli", [(path, 0, -1)])
