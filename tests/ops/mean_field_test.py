"""Mean field on lattices against its definition, its gradient and its graph."""

import numpy as np
import pytest
import tensorflow as tf

from tests.ops import exact_mean_field as exact
from tf_rloss import ops
from tf_rloss.ops import reference

HEIGHT, WIDTH, CLASSES = 11, 9, 4
SIGMAS = {"sigma_xy": 4.0, "sigma_color": 60.0}
SMOOTH = {"sigma_xy": 1.5}
ITERATIONS = 5


@pytest.fixture(scope="module")
def image(photograph):
    return photograph("astronaut", HEIGHT, WIDTH)[np.newaxis]


@pytest.fixture(scope="module")
def logits():
    rng = np.random.default_rng(0)
    return rng.normal(size=(1, HEIGHT, WIDTH, CLASSES)) * 2


def features_of(image):
    """Features of the appearance and of the smoothness kernel, (N, 5) and (N, 2)."""
    bilateral = ops.bilateral_features(image, **SIGMAS)[0].numpy()
    position = ops.bilateral_features(
        image, sigma_xy=SMOOTH["sigma_xy"], sigma_color=1.0
    )[0, :, :2].numpy()
    return [features.astype(np.float64) for features in (bilateral, position)]


def lattice_matrix(features):
    """The lattice's K, column by column, from plain NumPy."""
    ones = np.eye(len(features))
    return reference.lattice_filter(ones, features, symmetric=True)


def gaussian_matrix(features):
    return reference.affinity(features, features)


def run(logits, image, mixtures, iterations=ITERATIONS, **options):
    options["dtype"] = logits.dtype
    kernels = [
        ops.bilateral_kernel(image, **SIGMAS, **options),
        ops.spatial_kernel(image, **SMOOTH, **options),
    ]
    return ops.mean_field(logits, kernels, mixtures, iterations=iterations)


def expected(logits, matrices, mixtures, iterations=ITERATIONS, **options):
    compatibilities = [
        -m * np.eye(CLASSES) if np.ndim(m) == 0 else -m for m in mixtures
    ]
    kernels = [exact.normalized(matrix, **options) for matrix in matrices]
    points = logits.reshape(-1, CLASSES)
    q = exact.mean_field(points, kernels, compatibilities, iterations)
    return q.reshape(logits.shape)


@pytest.mark.parametrize("self_term", [True, False], ids=["with_self", "without"])
@pytest.mark.parametrize("normalization", ops.NORMALIZATIONS)
def test_inference_is_that_of_its_definition(logits, image, normalization, self_term):
    """With the matrix of the lattice, to the precision of float64."""
    options = {"normalization": normalization, "self_term": self_term}
    matrices = [lattice_matrix(features) for features in features_of(image)]
    # With so few pixels of a colour the lattice's degrees are low; the exact
    # reference takes K_pp = 1 off, which needs degrees of one.
    assert min(matrix.sum(axis=1).min() for matrix in matrices) > 1.0
    mixtures = (2.0, 1.5)
    actual = run(tf.constant(logits), image, mixtures, **options)
    wanted = expected(logits, matrices, mixtures, **options)
    assert np.abs(wanted - exact.softmax(logits)).max() > 0.1  # or nothing happened
    np.testing.assert_allclose(actual, wanted, atol=1e-10)


@pytest.mark.parametrize("normalization", ops.NORMALIZATIONS)
def test_lattice_stays_near_the_dense_sums(photograph, normalization):
    """On a photograph, to the error of the normalised lattice."""
    image = photograph("astronaut", 40, 40)[np.newaxis]
    rng = np.random.default_rng(1)
    logits = np.log(image[..., :1] / 255 + 0.1) * [1.0, -1.0]
    logits = logits + rng.normal(size=(1, 40, 40, 2))
    options = {"normalization": normalization}
    bilateral = ops.bilateral_features(image, sigma_xy=10.0, sigma_color=20.0)[
        0
    ].numpy()
    kernel = exact.normalized(gaussian_matrix(bilateral), **options)
    wanted = exact.mean_field(logits.reshape(-1, 2), [kernel], [-3 * np.eye(2)], 5)
    lattice = ops.bilateral_kernel(image, sigma_xy=10.0, sigma_color=20.0, **options)
    actual = ops.mean_field(logits.astype("f4"), [lattice], [3.0], iterations=5)
    error = np.abs(actual.numpy().reshape(-1, 2) - wanted)
    # A pixel or two between two classes may go the other way.
    assert np.mean(error) < 0.02
    assert np.mean(np.argmax(actual, -1).ravel() == np.argmax(wanted, -1)) > 0.98


def test_matrix_of_weights_is_a_scalar_for_every_class(logits, image):
    logits = tf.constant(logits)
    scalar = run(logits, image, (2.0, 1.5))
    matrix = run(logits, image, (2.0 * np.eye(CLASSES), 1.5 * np.eye(CLASSES)))
    np.testing.assert_allclose(scalar, matrix, atol=1e-12)


def test_potts_costs_are_gains_of_the_same_class(logits, image):
    """Paying for other classes or gaining by one's own: a constant per pixel."""
    logits = tf.constant(logits)
    potts = 1.0 - np.eye(CLASSES)
    gain = run(logits, image, (2.0, 1.5))
    cost = run(logits, image, (-2.0 * potts, -1.5 * potts))
    np.testing.assert_allclose(gain, cost, atol=1e-12)


def test_mixture_says_what_class_b_gains_by_class_a(logits, image):
    rng = np.random.default_rng(4)
    mixtures = [rng.normal(size=(CLASSES, CLASSES)) for _ in range(2)]
    matrices = [lattice_matrix(features) for features in features_of(image)]
    actual = run(tf.constant(logits), image, mixtures)
    wanted = expected(logits, matrices, mixtures, normalization="symmetric")
    np.testing.assert_allclose(actual, wanted, atol=1e-10)


def test_no_iteration_is_the_softmax(logits, image):
    q = run(tf.constant(logits), image, (2.0, 1.5), iterations=0)
    np.testing.assert_allclose(q, tf.nn.softmax(logits), atol=1e-12)


def test_unique_colours_are_left_alone_without_the_self_term():
    # Colours 60 bandwidths apart: no pixel has a neighbour.
    image = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1) * [60.0, 0.0, 0.0]
    logits = np.random.default_rng(5).normal(size=(1, 4, 4, 2))
    kernel = ops.bilateral_kernel(
        image, sigma_xy=5.0, sigma_color=1.0, self_term=False, dtype=tf.float64
    )
    q = ops.mean_field(logits, [kernel], [10.0], iterations=3)
    np.testing.assert_allclose(q, exact.softmax(logits), atol=1e-12)


@pytest.mark.parametrize("normalization", ops.NORMALIZATIONS)
def test_pixels_outside_the_region_do_not_matter(logits, image, normalization):
    region = np.ones((1, HEIGHT, WIDTH, 1))
    region[:, 8:, :] = region[:, :, 7:] = 0.0
    points = region.reshape(1, -1, 1)
    options = {"normalization": normalization, "region": points}
    changed = np.where(region > 0, logits, 7.0 * logits[..., ::-1])
    q = run(tf.constant(logits), image, (2.0, 1.5), **options)
    other = run(tf.constant(changed), image, (2.0, 1.5), **options)
    inside = region[..., 0] > 0
    np.testing.assert_allclose(q[inside], other[inside], atol=1e-12)
    # They receive nothing either.
    np.testing.assert_allclose(q[~inside], exact.softmax(logits)[~inside], atol=1e-12)
    matrices = [lattice_matrix(features) for features in features_of(image)]
    options["region"] = region.ravel()
    wanted = expected(logits, matrices, (2.0, 1.5), **options)
    np.testing.assert_allclose(q, wanted, atol=1e-10)


@pytest.mark.parametrize("self_term", [True, False], ids=["with_self", "without"])
@pytest.mark.parametrize("normalization", ops.NORMALIZATIONS)
def test_gradients_agree_with_finite_differences(normalization, self_term):
    rng = np.random.default_rng(2)
    image = rng.uniform(0, 60, (1, 3, 4, 3)).astype(np.float32)
    logits = rng.normal(size=(1, 3, 4, 2))
    matrix = rng.normal(size=(2, 2))
    target = rng.normal(size=logits.shape)

    def score(logits, weight, matrix):
        options = {"normalization": normalization, "self_term": self_term}
        q = run(logits, image, (weight, matrix), iterations=3, **options)
        return tf.reduce_sum(q * target)

    arguments = [tf.constant(value) for value in (logits, np.float64(0.7), matrix)]
    analytic, numeric = tf.test.compute_gradient(score, arguments, delta=1e-4)
    for one, other in zip(analytic, numeric, strict=True):
        assert np.abs(other).max() > 1e-3
        # Central differences of step h err by h^2.
        np.testing.assert_allclose(one, other, atol=1e-7)


def test_gradient_in_a_graph_is_that_of_eager_mode(logits, image):
    logits = tf.constant(logits)

    def gradient(logits):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            score = tf.reduce_sum(run(logits, image, (2.0, 1.5))[..., 0])
        return tape.gradient(score, logits)

    np.testing.assert_allclose(
        tf.function(gradient)(logits), gradient(logits), atol=1e-14
    )


def test_there_is_one_lattice_per_kernel_for_all_iterations(image):
    def infer(logits):
        return run(logits, image, (2.0, 1.5))

    spec = tf.TensorSpec((1, None, None, None), tf.float32)
    graph = tf.function(infer).get_concrete_function(spec).graph.as_graph_def()
    functions = [function.node_def for function in graph.library.function]
    ops_outside = [node.op for node in graph.node]
    ops_inside = [node.op for nodes in functions for node in nodes]
    assert ops_outside.count("Rloss>PermutohedralLattice") == 2
    assert ops_inside.count("Rloss>PermutohedralLattice") == 0
    # Two filters for the degrees, and two in the body of the loop, by one op or two.
    assert ops_outside.count("Rloss>PermutohedralLatticeFilter") == 2
    with ops.for_any_device():
        graph = tf.function(infer).get_concrete_function(spec).graph.as_graph_def()
    functions = [function.node_def for function in graph.library.function]
    in_any = [node.op for nodes in functions for node in nodes]
    assert ops_inside.count("Rloss>MeanFieldUpdate") == 1
    assert in_any.count("Rloss>PermutohedralLatticeFilter") == 2
    assert not any(op == "Rloss>MeanFieldUpdate" for op in in_any)


def test_batch_equals_single_images(photograph):
    images = np.stack([photograph(n, 12, 10) for n in ("astronaut", "coffee")])
    logits = np.random.default_rng(3).normal(size=(2, 12, 10, 3)).astype(np.float32)
    together = run(logits, images, (2.0, 1.5), normalization="none")
    for i in range(2):
        alone = run(
            logits[i : i + 1], images[i : i + 1], (2.0, 1.5), normalization="none"
        )
        np.testing.assert_array_equal(together[i], alone[0])


def test_wrong_arguments_are_named(logits, image):
    with pytest.raises(ValueError, match=r"`normalization` must be .*'both'"):
        ops.spatial_kernel(image, sigma_xy=1.0, normalization="both")
    with pytest.raises(ValueError, match="2 kernels, 1 mixtures"):
        run(tf.constant(logits), image, (1.0,))
    with pytest.raises(ValueError, match="iterations=-1"):
        run(tf.constant(logits), image, (1.0, 1.0), iterations=-1)
    with pytest.raises(ValueError, match=r"`logits` must be \(B, H, W, K\)"):
        ops.mean_field(logits[0], [], [], iterations=1)


def test_xla_compiles_inference_and_its_gradient(logits, image):
    logits, image = tf.constant(logits), tf.constant(image)

    def value_and_gradient(logits, image):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            q = run(logits, image, (2.0, 1.5), self_term=False)
        return q, tape.gradient(q, logits, tf.cumsum(tf.ones_like(q)))

    compiled = tf.function(value_and_gradient, jit_compile=True)(logits, image)
    plain = tf.function(value_and_gradient)(logits, image)
    for one, other in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


@pytest.mark.parametrize("shape", [(2, 1, 3), (1, 6, 3), (2, 7, 3)])
def test_values_of_another_number_of_pixels_are_refused(shape):
    """Protects: the values of one pixel were spread over all."""
    kernel = ops.PairwiseKernel(tf.zeros((2, 6, 5)))
    with pytest.raises(ValueError, match="a row for each of the features"):
        kernel.filter(tf.ones(shape))

    @tf.function(input_signature=[tf.TensorSpec((None, None, 3))])
    def unknown(values):
        return kernel.filter(values)

    with pytest.raises(tf.errors.InvalidArgumentError, match="a row for each"):
        unknown(tf.ones(shape))
    assert unknown(tf.ones((2, 6, 3))).shape == (2, 6, 3)
