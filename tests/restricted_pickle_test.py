"""The restricted unpickler: notes of what a file calls, and nothing beside them.

What it refuses is tested with the readers of files, which are its users.
"""

import collections
import pickle

import pytest

from tf_rloss import restricted_pickle
from tf_rloss.restricted_pickle import Call, Content, Unpickler, instructions

DEQUE = pickle.dumps({"a": collections.deque}, 2)


def test_a_call_is_taken_down_and_not_made():
    content = b"\x80\x02}U\x01kcos\nsystem\nU\x04true\x85RU\x01x\x85bs."
    call = Unpickler(Content(content), {"os.system"}).load()["k"]
    assert type(call) is Call
    assert (call.function, call.arguments, call.state) == ("system", ("true",), ("x",))


def test_a_class_is_read_as_its_name_and_only_where_it_is_listed():
    found = Unpickler(Content(DEQUE), {"collections.deque"}).load()
    assert found == {"a": "deque"}
    with pytest.raises(ValueError, match=r"asks for collections\.deque"):
        Unpickler(Content(DEQUE), {"collections.OrderedDict"}).load()


def test_further_instructions_are_those_that_a_subclass_names():
    class WithLists(Unpickler):
        dispatch = instructions("EMPTY_LIST", "APPENDS")

    content = pickle.dumps({"a": [1, 2]}, 2)
    assert WithLists(Content(content), set()).load() == {"a": [1, 2]}
    with pytest.raises(ValueError, match="instruction EMPTY_LIST"):
        Unpickler(Content(content), set()).load()
    with pytest.raises(ValueError, match="instruction EMPTY_SET"):
        WithLists(Content(pickle.dumps({"a": {1}}, 4)), set()).load()


def test_pickles_one_after_the_other_are_read_in_turn(monkeypatch):
    content = Content(pickle.dumps({"a": 1}, 2) + pickle.dumps({"b": 2}, 2))
    assert Unpickler(content, set()).load() == {"a": 1}
    assert Unpickler(content, set()).load() == {"b": 2}
    assert content.read() == b""
    monkeypatch.setattr(restricted_pickle, "MAX_READS", content.reads)
    with pytest.raises(ValueError, match=f"more than {content.reads} reads"):
        content.read(1)
