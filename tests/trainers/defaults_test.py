"""Tests of trainers/defaults.py: it alone holds the numbers that options start from."""

import ast
import importlib
import inspect
import numbers

import pytest
from option_classes import option_classes

from trainers import defaults

PLAIN = (0, 1)
"""Numbers that say nothing: off, and as it is."""


def holds_numbers(value) -> bool:
    """Whether a value is, or holds, a number that someone has chosen."""
    if isinstance(value, bool | str) or value is None:
        return False
    if isinstance(value, numbers.Number):
        return value not in PLAIN
    return any(map(holds_numbers, value))


def default_expressions(options: type) -> dict[str, ast.expr]:
    """Returns the expression of each field's default, as the source has it."""
    (definition,) = ast.parse(inspect.getsource(options)).body
    found = {}
    for node in definition.body:
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            call = isinstance(node.value, ast.Call)
            found[node.target.id] = node.value.args[0] if call else node.value
    return found


def is_of_defaults(expression: ast.expr) -> bool:
    """Whether an expression is `defaults.NAME`."""
    return ast.unparse(expression).startswith("defaults.")


@pytest.mark.parametrize("options", option_classes(), ids=lambda o: o.__name__)
def test_no_option_has_a_number_of_its_own(options):
    module = vars(importlib.import_module(options.__module__))
    for name, expression in default_expressions(options).items():
        if is_of_defaults(expression):
            assert hasattr(defaults, expression.attr)
            continue
        value = eval(compile(ast.Expression(expression), name, "eval"), module)
        assert not holds_numbers(value), f"{options.__name__}.{name} = {value}"


def test_both_kinds_of_weights_have_the_same_flags():
    assert defaults.FROM_SCRATCH.keys() == defaults.PRETRAINED.keys()
    assert defaults.for_weights(None) is defaults.FROM_SCRATCH
    assert defaults.for_weights("imagenet") is defaults.PRETRAINED
    assert defaults.for_weights("file.keras") is defaults.PRETRAINED
