"""Mean-field inference in a fully connected CRF with Gaussian pairwise potentials.

The distribution over labellings X of an image's pixels

    P(X) ~ exp(-sum_p U_p(X_p) - sum_(p<q) sum_m K_m,pq mu_m(X_p, X_q))

is approximated by independent pixels Q_p. Each is the softmax of the unary potential U
and the messages of all others (Kraehenbuehl and Koltun, NIPS 2011):

    Q <- softmax(-U - sum_m (K~_m Q) mu_m),     K~_m = after_m K_m before_m - self_m

A kernel K is never built as a matrix: K Q is one filter on a permutohedral lattice,
which is built once and serves all iterations. On processors one op computes a whole
update, filters and softmax; elsewhere stock ops compute all but the filters.
"""

import numbers
from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from tensorflow.types.experimental import TensorLike

from tf_rloss.checks import check_integer, check_rank
from tf_rloss.ops import library
from tf_rloss.ops.bilateral import as_points
from tf_rloss.ops.pairwise_kernel import PairwiseKernel

Mixture = float | np.ndarray | tf.Tensor
"""Effect of a kernel's messages: a weight, or a matrix (K, K); see `mean_field`."""


def mean_field(
    logits: TensorLike,
    kernels: Sequence[PairwiseKernel],
    mixtures: Sequence[Mixture],
    *,
    iterations: int,
) -> tf.Tensor:
    """Runs mean-field inference from Q = softmax(logits), all pixels in parallel.

        Q <- softmax(logits + sum_m (K~_m Q) M_m)

    Gradients reach `logits` and `mixtures`, but not the image behind the kernels. For
    second derivatives, call it inside `ops.for_any_device()`.

    Args:
        logits: float tensor (B, H, W, K), or (B, D, H, W, K) of volumes, minus the
            unary potentials; log probabilities, or the input of a softmax.
        kernels: sequence of `PairwiseKernel`, of the type of `logits`.
        mixtures: the effect of each kernel's messages: a scalar weight w (Potts model:
            a class gains w times its own message), or a matrix M (K, K), in which M_ab
            is the gain of class b for a message of class a. M is minus a
            compatibility.
        iterations: number of updates, at least 0.

    Returns:
        Q of the shape and type of `logits`; sums to 1 over K.

    Raises:
        ValueError: if the numbers of kernels and mixtures differ, `iterations` is
            negative, or the rank of `logits` is wrong.
    """
    if len(kernels) != len(mixtures):
        raise ValueError(
            "`mixtures` must have one element for each of `kernels`. "
            f"Received: {len(kernels)} kernels, {len(mixtures)} mixtures"
        )
    check_integer("iterations", iterations, 0)
    logits = tf.convert_to_tensor(logits)
    rank = 5 if logits.shape.rank == 5 else 4
    expected = "(B, H, W, K), or (B, D, H, W, K) of volumes"
    logits = check_rank("logits", logits, rank, expected)
    unary = as_points(logits)
    # Numbers are multiplied into the kernels once; tensors may need a gradient.
    kernels, mixtures = list(kernels), list(mixtures)
    for m, mixture in enumerate(mixtures):
        if isinstance(mixture, numbers.Real):
            kernels[m], mixtures[m] = kernels[m].scaled(mixture), None
        else:
            mixtures[m] = tf.convert_to_tensor(mixture, logits.dtype)

    def update(step: tf.Tensor, q: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        values = [_mix(q, mixture) for mixture in mixtures]
        updated = _update(unary, kernels, values)
        updated.set_shape(q.shape)  # a loop keeps shapes; the filter's may be unknown
        return step + 1, updated

    q = tf.nn.softmax(unary)
    if iterations:  # XLA refuses the gradient of a loop without a step.
        _, q = tf.while_loop(
            lambda step, _: step < iterations,
            update,
            (tf.constant(0), q),
            maximum_iterations=iterations,
        )
    q = tf.reshape(q, tf.shape(logits))
    q.set_shape(logits.shape)
    return q


def _mix(q: tf.Tensor, mixture: tf.Tensor | None) -> tf.Tensor:
    """Returns the values that a kernel filters, Q M. None stands for M = 1."""
    if mixture is None:
        return q
    # K~ (Q M) is (K~ Q) M.
    if mixture.shape.rank == 0:
        return q * mixture
    return tf.einsum("bnk,kl->bnl", q, mixture)


def _update(
    unary: tf.Tensor, kernels: Sequence[PairwiseKernel], values: Sequence[tf.Tensor]
) -> tf.Tensor:
    """Computes softmax(unary + sum_m K~_m V_m)."""
    has_op = unary.dtype in (tf.float32, tf.float64) and library.may_be_for_cpus()
    if not (kernels and has_op):
        for kernel, value in zip(kernels, values, strict=True):
            unary += kernel.filter(value)
        return tf.nn.softmax(unary)
    for kernel, value in zip(kernels, values, strict=True):
        if kernel.self_term is not None:
            unary -= kernel.self_term * value
    return library.load().rloss_mean_field_update(
        logits=unary,
        values=values,
        lattices=[kernel.lattice.variant for kernel in kernels],
        before=[kernel.before for kernel in kernels],
        after=[kernel.after for kernel in kernels],
    )


@tf.RegisterGradient("Rloss>MeanFieldUpdate")
def _mean_field_update_gradient(
    op: tf.Operation, by_probs: tf.Tensor
) -> list[tf.Tensor | None]:
    count = op.get_attr("M")
    # Inputs are the logits and `count` each of these and the values.
    lattices, before, after = (op.inputs[1 + i * count :][:count] for i in (1, 2, 3))
    gradient = library.load().rloss_mean_field_update_gradient(
        probs=op.outputs[0],
        by_probs=by_probs,
        lattices=lattices,
        before=before,
        after=after,
    )
    return [gradient.by_logits, *gradient.by_values, *[None] * (3 * count)]


@tf.RegisterGradient("Rloss>MeanFieldUpdateGradient")
def _no_second_derivative(op: tf.Operation, *gradients: tf.Tensor) -> None:
    raise ValueError(
        "The mean-field op has no second derivative. Call it inside "
        "`ops.for_any_device()`, which computes it by ops that have one."
    )
