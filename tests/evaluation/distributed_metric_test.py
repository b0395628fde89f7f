"""Two logical devices need a process of their own."""

import subprocess
import sys

_PROGRAM = """
import keras
import numpy as np
import tensorflow as tf

from tf_rloss.evaluation import ConfusionMatrix, MeanIoU

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2
)
rng = np.random.default_rng(0)
images = rng.random((8, 6, 6, 3)).astype(np.float32)
masks = rng.integers(0, 3, (8, 6, 6))
masks[:4, 0] = 255
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    inputs = keras.Input((None, None, 3))
    outputs = keras.layers.Conv2D(3, 1, activation="softmax")(inputs)
    model = keras.Model(inputs, outputs)
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(ignore_class=255),
        metrics=[MeanIoU(3)],
    )
assert strategy.num_replicas_in_sync == 2
dataset = tf.data.Dataset.from_tensor_slices((images, masks)).batch(4)
logs = model.evaluate(dataset, verbose=0, return_dict=True)
confusion = ConfusionMatrix(3)
confusion.update(masks, model(images).numpy().argmax(-1))
print(logs["mean_iou"], confusion.mean_iou)
assert abs(logs["mean_iou"] - confusion.mean_iou) < 1e-6
"""


def test_metric_sums_the_counts_of_replicas():
    result = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr[-2000:]
