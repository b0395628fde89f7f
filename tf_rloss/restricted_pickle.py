"""Reads pickles that a stranger wrote, and runs none of their code.

A pickle is a program whose instructions can call any function by its name. Here the
unpickler of Python's standard library runs with most instructions taken away. It calls
nothing: it takes down what the file calls, and its user makes objects from those notes.

The unpickler is the one in Python, not its twin in C: a file can make that one hash a
tuple for years, or allocate gigabytes for one place in its memo.
"""

import io
import pickle
import pickletools
import struct
from collections.abc import Callable, Set
from typing import Any

MAX_READS = 1 << 20
"""Most reads of instructions and of their arguments; SEC's file takes 677,332."""

_INSTRUCTIONS = {
    *("PROTO", "FRAME", "STOP", "MARK", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD"),
    *("BINGET", "LONG_BINGET", "BINPUT", "LONG_BINPUT", "MEMOIZE"),
    *("NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1"),
    *("BINSTRING", "SHORT_BINSTRING", "BINUNICODE", "SHORT_BINUNICODE"),
    *("BINBYTES", "SHORT_BINBYTES", "BYTEARRAY8", "EMPTY_DICT", "SETITEM", "SETITEMS"),
    *("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"),
}


class Content(io.BytesIO):
    """The bytes of a file, which can be read a limited number of times."""

    reads = 0

    def read(self, size: int = -1) -> bytes:
        self.reads += 1
        if self.reads > MAX_READS:
            raise ValueError(f"it takes more than {MAX_READS} reads")
        return super().read(size)


class Call:
    """A call that a file asks for, and the state that it gives to the result."""

    def __init__(self, function: str, arguments: tuple):
        self.function, self.arguments, self.state = function, arguments, ()


class Unpickler(pickle._Unpickler):
    """Builds dicts of text, tuples and calls; refuses a file that asks for more.

    Args:
        content: the file, from which one pickle is read.
        names: full names of the functions that the file may call, and of the classes
            that it may name.
    """

    def __init__(self, content: Content, names: Set[str]):
        super().__init__(content, encoding="latin1")
        self.names = names

    def load(self) -> Any:
        """Runs the instructions of the pickle; returns what they build.

        Raises:
            ValueError: if the file asks for anything else. Damaged files raise other
                errors, too.
        """
        result = super().load()
        if self.stack or self.metastack:
            raise ValueError("it goes on after its end")
        return result

    def find_class(self, module: str, name: str) -> str:
        """Returns the name of a function or class that the file may ask for."""
        if f"{module}.{name}" not in self.names:
            raise ValueError(f"it asks for {module[:40]}.{name[:40]}")
        return name

    def call(self, function: str, arguments: tuple) -> Any:
        """Returns what stands for the result of a call."""
        return Call(function, arguments)

    def set_state(self, target: Any, state: Any) -> None:
        """Takes down the state that the file gives to the result of a call."""
        if type(target) is not Call or type(state) is not tuple:
            raise ValueError("it sets the state of something that is not an array")
        target.state = state

    def load_reduce(self) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        if type(function) is not str or type(arguments) is not tuple:
            raise ValueError("it calls something that is not a function")
        self.append(self.call(function, arguments))

    def load_build(self) -> None:
        state = self.stack.pop()
        self.set_state(self.stack[-1], state)

    def load_setitem(self) -> None:
        self._set_items([self.stack.pop(-2), self.stack.pop()])

    def load_setitems(self) -> None:
        self._set_items(self.pop_mark())

    def _set_items(self, items):
        # Only text is hashed: the hash of a tuple can take as long as its file likes.
        if type(self.stack[-1]) is not dict or {*map(type, items[::2])} - {str}:
            raise ValueError("it has items whose keys are not text")
        self.stack[-1].update(zip(items[::2], items[1::2], strict=True))

    def load_frame(self) -> None:
        self.read(8)  # A frame only tells how much may be read ahead.

    def load_bytearray8(self) -> None:
        (size,) = struct.unpack("<Q", self.read(8))
        self.append(self.read(size))


class _Methods(dict):
    """The methods of an unpickler, by the code of the instruction that they run."""

    def __missing__(self, code):
        opcode = pickletools.code2op.get(chr(code))
        raise ValueError(f"it has the instruction {opcode.name if opcode else code}")


def instructions(*more: str) -> dict[int, Callable]:
    """Returns the methods of `Unpickler`'s instructions, and of `more` beside them."""
    return _Methods(
        (code, getattr(Unpickler, method.__name__))
        for code, method in pickle._Unpickler.dispatch.items()
        if pickletools.code2op[chr(code)].name in _INSTRUCTIONS | {*more}
    )


Unpickler.dispatch = instructions()
