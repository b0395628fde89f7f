"""Tests of trainers/engine/optimizers.py."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import toys

from trainers.engine.optimizers import OptimizerGroups, head_multiplier


def make(**fields):
    """A toy and the optimizers of its variables, at a constant rate."""
    multiplier = fields.pop("lr_multiplier", head_multiplier(10.0))
    usual = {"steps_per_epoch": 10, "schedule": "step", "learning_rate": 0.01}
    config = toys.make_config("unused", **usual | fields)
    model = toys.build_segmenter(toys.NUM_CLASSES)
    return model, OptimizerGroups(model.trainable_variables, config, multiplier)


def moved(model, optimizers, gradient=1.0):
    """How far one step moves each variable, by its path, at a constant gradient."""
    before = {v.path: v.numpy() for v in model.trainable_variables}
    optimizers.apply([tf.fill(v.shape, gradient) for v in optimizers.trainable])
    return {v.path: v.numpy() - before[v.path] for v in model.trainable_variables}


def test_the_head_learns_faster_by_its_multiplier():
    moves = moved(*make(optimizer="sgd", momentum=0.0))
    np.testing.assert_allclose(moves["conv/kernel"], -0.01, rtol=1e-4)
    np.testing.assert_allclose(moves["head/kernel"], -0.1, rtol=1e-4)


def test_gradients_reach_the_variables_they_belong_to():
    model, optimizers = make(optimizer="sgd", momentum=0.0)
    before = {v.path: v.numpy() for v in model.trainable_variables}
    variables = optimizers.trainable
    optimizers.apply([tf.convert_to_tensor(v) for v in variables])
    for variable in variables:
        rate = 0.1 if variable.path.startswith("head") else 0.01
        expected = before[variable.path] * (1 - rate)
        np.testing.assert_allclose(variable.numpy(), expected, rtol=1e-4)


def test_momentum_adds_up():
    model, optimizers = make(optimizer="sgd", momentum=0.5)
    moved(model, optimizers)
    np.testing.assert_allclose(
        moved(model, optimizers)["conv/kernel"], -0.015, rtol=1e-4
    )


def test_adam_steps_by_the_learning_rate():
    moves = moved(*make(optimizer="adam"))
    np.testing.assert_allclose(moves["conv/kernel"], -0.01, rtol=1e-3)


def test_decay_spares_biases_and_norms():
    model, optimizers = make(optimizer="sgd", momentum=0.0, weight_decay=0.5)
    for variable in model.trainable_variables:
        variable.assign(tf.ones(variable.shape))
    moves = moved(model, optimizers, gradient=0.0)
    np.testing.assert_allclose(moves["conv/kernel"], -0.01 * 0.5, rtol=1e-4)
    for path in ("head/bias", "norm/gamma", "norm/beta"):
        assert not moves[path].any()


def test_multiplier_zero_freezes():
    def multiplier(variable: keras.Variable) -> float:
        return 0.0 if variable.path.startswith("norm") else 1.0

    model, optimizers = make(lr_multiplier=multiplier)
    moves = moved(model, optimizers)
    assert not moves["norm/gamma"].any()
    assert moves["conv/kernel"].any()


def test_nothing_to_train_is_refused():
    with pytest.raises(ValueError, match="no variable to train"):
        make(lr_multiplier=lambda variable: 0.0)


def test_an_unknown_optimizer_is_refused():
    with pytest.raises(ValueError, match="`optimizer` must be one of"):
        make(optimizer="adagrad")
