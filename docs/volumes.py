"""Trains a small 3-D U-Net from scribbles on a few slices, without and with kernel cut.

    python docs/volumes.py --output_dir=volumes

The volumes are generated: tubes and blobs with shading and noise, in voxels of 1 x 1 x
3 mm. It takes about five minutes on two cores. With nibabel (pip install
"tf_rloss[nifti]") a volume and its labels are also written as NIfTI files, and the
volume is read from its file.
"""

import argparse
import itertools
import pathlib

import keras
import numpy as np
import tensorflow as tf

import tf_rloss as rl

SHAPE = (16, 64, 64)  # slices, rows, columns: the axes z, y and x
SPACING = (1.0, 1.0, 3.0)  # mm between voxels along x, y and z
CLASSES = ("background", "tube", "blob")
PALETTE = np.array([(0, 0, 0), (230, 60, 60), (70, 160, 250)], np.uint8)
STROKES = np.array([(240, 230, 80), *PALETTE[1:]], np.uint8)
BATCH = 2
SCRIBBLED = (2, 6, 10, 14)  # slices with scribbles
SIGMA_MM, SIGMA_COLOR = 6.0, 25.0  # bandwidths of the kernel cut


def make_volume(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns values (D, H, W, 1) from about 0 to 255, and labels (D, H, W)."""
    random = np.random.default_rng(seed)
    size = np.array(SHAPE) * SPACING[::-1]  # mm, along z, y and x
    grid = np.stack(np.indices(SHAPE), axis=-1) * SPACING[::-1]
    labels = np.zeros(SHAPE, np.uint8)
    for _ in range(3):
        centre = random.uniform(0.15, 0.85, 3) * size
        radii = random.uniform(5.0, 9.0, 3)
        labels[np.sum(((grid - centre) / radii) ** 2, axis=-1) < 1.0] = 2
    for _ in range(3):
        # A bent tube from one side to the other.
        start, end = random.uniform(0.1, 0.9, (2, 3)) * size
        axis = random.integers(3)
        start[axis], end[axis] = 0.0, size[axis]
        bend = random.normal(0.0, 6.0, 3)
        radius = random.uniform(2.0, 3.0)
        for t in np.linspace(0.0, 1.0, 60):
            point = start + t * (end - start) + np.sin(np.pi * t) * bend
            labels[np.sum((grid - point) ** 2, axis=-1) < radius**2] = 1
    values = np.array([80.0, 165.0, 135.0])[labels]
    phase, direction = random.uniform(0.0, 6.0), random.uniform(-1.0, 1.0, 3)
    values *= 1.0 + 0.15 * np.sin(phase + grid @ (direction * 4.0 / size))  # shading
    values += random.normal(0.0, 12.0, SHAPE)
    return values[..., np.newaxis].astype(np.float32), labels


def scribble(labels: np.ndarray, seed: int) -> np.ndarray:
    """Returns strokes in the quarters of some slices, (D, H, W); 255 elsewhere."""
    random = np.random.default_rng(seed)
    drawn = np.full_like(labels, 255)
    halves = [(slice(None, n // 2), slice(n // 2, None)) for n in labels.shape[1:]]
    for z, rows, columns in itertools.product(SCRIBBLED, *halves):
        drawn[z, rows, columns] = rl.data.simulate_scribble(
            labels[z, rows, columns], length_ratio=1.0, width=1, rng=random
        )
    return drawn


def unet(width: int = 8) -> keras.Model:
    """Builds a 3-D U-Net from volumes (B, D, H, W, 1) to probabilities."""

    def block(x, level):
        # Slices lie further apart than rows and columns, and are joined later.
        kernel = (1, 3, 3) if level == 0 else 3
        for _ in range(2):
            x = keras.layers.Conv3D(
                width * 2**level, kernel, padding="same", use_bias=False
            )(x)
            x = keras.layers.BatchNormalization(momentum=0.9)(x)
            x = keras.layers.ReLU()(x)
        return x

    volume = keras.Input((*SHAPE, 1))
    # Background, about 80, becomes 0, which convolutions pad with.
    x, fine = keras.layers.Rescaling(1 / 80, -1.0)(volume), []
    pools = ((1, 2, 2), (2, 2, 2))
    for level, pool in enumerate(pools):
        x = block(x, level)
        fine.append(x)
        x = keras.layers.MaxPooling3D(pool)(x)
    x = block(x, len(pools))
    for level, pool in reversed(list(enumerate(pools))):
        x = keras.layers.UpSampling3D(pool)(x)
        x = keras.layers.Concatenate()([x, fine[level]])
        x = block(x, level)
    probs = keras.layers.Conv3D(len(CLASSES), 1, activation="softmax")(x)
    return keras.Model(volume, probs, name="unet")


def train(
    segmenter: keras.Model,
    volumes: np.ndarray,
    scribbles: np.ndarray,
    *,
    weight: float,
    epochs: int,
) -> None:
    """Trains a network with a weight of the kernel cut; 0 for none."""
    sigma_xyz = tuple(SIGMA_MM / spacing for spacing in SPACING)  # in voxels
    losses = {"scribble": rl.losses.PartialCrossentropy()}
    targets = {"scribble": scribbles}
    if weight > 0.0:
        losses["image"] = rl.losses.KernelCutLoss(
            sigma_xyz=sigma_xyz, sigma_color=SIGMA_COLOR, gamma=0.1, min_share=0.03
        )
        targets["image"] = volumes
    weights = {name: weight if name == "image" else 1.0 for name in losses}
    model = rl.models.attach_targets(segmenter, list(losses))
    steps = epochs * -(-len(volumes) // BATCH)
    schedule = keras.optimizers.schedules.CosineDecay(3e-3, steps)
    model.compile(
        optimizer=keras.optimizers.Adam(schedule),
        loss=losses,
        loss_weights=weights,
        jit_compile=False,  # XLA needs twice the time for 3-D convolutions on CPUs
    )
    dataset = tf.data.Dataset.from_tensor_slices((volumes, targets))
    dataset = dataset.shuffle(len(volumes), seed=0).batch(BATCH)
    model.fit(dataset, epochs=epochs, verbose=2, shuffle=False)


def predict(segmenter: keras.Model, volume: np.ndarray) -> np.ndarray:
    """Returns the labels (D, H, W) of one volume (D, H, W, 1)."""
    probs = segmenter(volume[np.newaxis], training=False)
    return np.argmax(probs[0], axis=-1).astype(np.uint8)


def save_nifti(path: pathlib.Path, array: np.ndarray) -> None:
    """Writes values or labels (D, H, W); NIfTI has the axes x, y and z."""
    import nibabel

    affine = np.diag([*SPACING, 1.0])
    nibabel.save(nibabel.Nifti1Image(array.transpose(2, 1, 0), affine), path)


def load_nifti(path: pathlib.Path) -> tuple[np.ndarray, tuple[float, ...]]:
    """Returns values (D, H, W, 1) and the spacing in mm along x, y and z."""
    import nibabel

    image = nibabel.load(path)
    values = np.asarray(image.dataobj, np.float32).transpose(2, 1, 0)
    return values[..., np.newaxis], tuple(map(float, image.header.get_zooms()[:3]))


def draw(path: pathlib.Path, rows: list[tuple]) -> None:
    """Writes slices: volume and scribbles, true labels, and those of each network."""
    enlarge = np.ones((3, 3, 1), np.uint8)
    pictures = []
    for values, drawn, *label_maps in rows:
        grey = np.repeat(np.clip(values, 0, 255).astype(np.uint8), 3, axis=-1)
        shown = [rl.visualization.overlay(grey, drawn, STROKES, alpha=1.0)]
        shown += [rl.visualization.label_image(m, PALETTE) for m in label_maps]
        pictures.append([np.kron(picture, enlarge) for picture in shown])
    titles = ("volume, scribbles", "truth", "scribbles alone", "with kernel cut")
    rl.visualization.contact_sheet(pictures, path, titles, legend=(CLASSES, PALETTE))


def main(arguments: list[str] | None = None) -> dict[str, float]:
    """Trains both networks, and returns the mean IoU of each on unseen volumes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output_dir", type=pathlib.Path, default="volumes")
    parser.add_argument("--volumes", type=int, default=16, help="to train on")
    parser.add_argument("--phase1_epochs", type=int, default=10, help="scribbles alone")
    parser.add_argument("--phase2_epochs", type=int, default=6, help="of each network")
    parser.add_argument("--weight", type=float, default=0.3, help="of the kernel cut")
    flags = parser.parse_args(arguments)
    flags.output_dir.mkdir(parents=True, exist_ok=True)
    made = [make_volume(seed) for seed in range(flags.volumes)]
    volumes = np.stack([values for values, _ in made])
    scribbles = np.stack([scribble(m, seed) for seed, (_, m) in enumerate(made)])
    share = np.mean(scribbles != 255)
    print(f"{flags.volumes} volumes; {share:.2%} of the voxels have a label")
    keras.utils.set_random_seed(0)
    first = unet()
    train(first, volumes, scribbles, weight=0.0, epochs=flags.phase1_epochs)
    # Both go on from there, so that they differ by the loss alone.
    networks = {"scribbles alone": 0.0, "with kernel cut": flags.weight}
    for name, weight in networks.items():
        print(f"{name}:")
        networks[name] = keras.models.clone_model(first)
        networks[name].set_weights(first.get_weights())
        train(
            networks[name],
            volumes,
            scribbles,
            weight=weight,
            epochs=flags.phase2_epochs,
        )
    unseen = [make_volume(seed) for seed in range(1000, 1008)]
    scores = {}
    for name, network in networks.items():
        confusion = rl.evaluation.ConfusionMatrix(len(CLASSES))
        for values, labels in unseen:
            found = predict(network, values)
            confusion.update(labels.reshape(-1, 1), found.reshape(-1, 1))
        scores[name] = confusion.mean_iou
        of_each = zip(CLASSES, confusion.iou, strict=True)
        listed = ", ".join(f"{label} {iou:.3f}" for label, iou in of_each)
        print(f"{name}: mean IoU {confusion.mean_iou:.3f} ({listed})")
    rows = []
    for seed, (values, labels) in enumerate(made[:3]):
        z = SCRIBBLED[seed]
        found = [predict(network, values)[z] for network in networks.values()]
        rows.append((values[z], scribbles[seed, z], labels[z], *found))
    draw(flags.output_dir / "volumes.png", rows)
    try:
        save_nifti(flags.output_dir / "volume.nii.gz", unseen[0][0][..., 0])
    except ImportError:
        print('No NIfTI files are written: pip install "tf_rloss[nifti]"')
        return scores
    values, spacing = load_nifti(flags.output_dir / "volume.nii.gz")
    labels = predict(networks["with kernel cut"], values)
    save_nifti(flags.output_dir / "labels.nii.gz", labels)
    print(f"A volume of {spacing} mm and its labels: {flags.output_dir}/*.nii.gz")
    return scores


if __name__ == "__main__":
    main()
