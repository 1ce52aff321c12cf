"""Arguments, read leniently."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awm_langgraph.agent.interfaces import repaired
from awm_langgraph.agent.interfaces.schemas import CheckedSchema

INTEGER, NUMBER, BOOLEAN, TEXT, NULL = ({"type": kind} for kind in ("integer", "number", "boolean", "string", "null"))
LINE = {"type": "object", "properties": {"id": INTEGER, "note": TEXT}, "required": ["id"]}


def schema(part: Any, *, required: bool = True) -> dict[str, Any]:
    return {"type": "object", "properties": {"x": part}, "required": ["x"] if required else []}


@pytest.mark.parametrize(
    ("value", "part", "read"),
    [
        ("4", INTEGER, 4),
        ("1.5", NUMBER, 1.5),
        ("true", BOOLEAN, True),
        ('{"id": 4}', LINE, {"id": 4}),
        ('{"id": "4"}', LINE, {"id": 4}),
        ("[1, 2]", {"type": "array", "items": INTEGER}, [1, 2]),
        (["1", 2, "3"], {"type": "array", "items": INTEGER}, [1, 2, 3]),
        ({"id": "4", "note": None}, LINE, {"id": 4}),
        ({"a": "1"}, {"type": "object", "additionalProperties": INTEGER}, {"a": 1}),
        ("4", {"anyOf": [INTEGER, NULL]}, 4),
        ("null", {"anyOf": [INTEGER, NULL]}, None),
        ("4", {"anyOf": [INTEGER, NUMBER]}, 4),
        ({"id": "4"}, {"anyOf": [LINE, NULL]}, {"id": 4}),
        ("4", {"type": ["integer", "null"]}, 4),
        ("2", {"enum": [1, 2]}, 2),
        ({"id": "4"}, {"$ref": "#/$defs/line"}, {"id": 4}),
        ({"id": "4"}, {"allOf": [{"$ref": "#/$defs/line"}]}, {"id": 4}),
    ],
)
def test_what_can_be_read_in_one_way_is_read_and_named(value: object, part: Any, read: object) -> None:
    arguments, repairs = repaired({"x": value}, {**schema(part), "$defs": {"line": LINE}})
    assert arguments == {"x": read}
    assert type(arguments["x"]) is type(read)
    assert repairs
    assert all(repair.startswith("x") for repair in repairs)


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("4", TEXT),
        ("4", {"anyOf": [TEXT, INTEGER]}),
        ("4.5", INTEGER),
        ("four", INTEGER),
        ("True", BOOLEAN),
        (1, BOOLEAN),
        (4, TEXT),
        ("NaN", NUMBER),
        ("1e999", NUMBER),
        (str(2**70), INTEGER),
        ('"4"', INTEGER),
        ('{"id": "x"}', LINE),
        ("[1, 2", {"type": "array", "items": INTEGER}),
        ("3", {"enum": [1, 2]}),
        (None, INTEGER),
    ],
)
def test_what_is_valid_or_cannot_be_read_in_one_way_stays_as_it_is(value: object, part: Any) -> None:
    assert repaired({"x": value}, schema(part)) == ({"x": value}, ())


def test_two_readings_that_differ_are_none() -> None:
    first = {"type": "object", "properties": {"a": INTEGER, "b": INTEGER}, "additionalProperties": False}
    second = {"type": "object", "properties": {"a": INTEGER, "b": {"type": ["null", "boolean"]}}}
    value = {"a": "1", "b": None}
    assert repaired({"x": value}, schema({"anyOf": [first, second]})) == ({"x": value}, ())


def test_null_is_left_out_only_where_the_argument_is_optional_and_may_not_be_null() -> None:
    assert repaired({"x": None}, schema(INTEGER, required=False)) == ({}, ("x: null left out",))
    for part, required in ((INTEGER, True), ({"anyOf": [INTEGER, NULL]}, False)):
        assert repaired({"x": None}, schema(part, required=required)) == ({"x": None}, ())
    assert repaired({"y": None}, schema(INTEGER, required=False)) == ({"y": None}, ())


def test_one_argument_is_read_though_another_cannot_be() -> None:
    read = repaired({"id": "4", "other": "x"}, {"properties": {"id": INTEGER, "other": INTEGER}})
    assert read == ({"id": 4, "other": "x"}, ("id: text read as 4",))


@pytest.mark.parametrize(
    "broken",
    [
        {"type": 4},
        {"type": "object", "required": ["y"], "$ref": "#/none"},
        {"$ref": "http://127.0.0.1:1/"},
        {"$ref": "#"},
    ],
)
def test_a_schema_that_cannot_be_used_repairs_nothing(broken: dict[str, Any]) -> None:
    assert repaired({"x": "4"}, broken) == ({"x": "4"}, ())


def test_a_reference_to_what_is_no_schema_repairs_nothing() -> None:
    broken = {"properties": {"x": {"$ref": "#/required"}}, "required": ["x"]}
    assert repaired({"x": "4"}, broken) == ({"x": "4"}, ())


LEAVES = st.sampled_from(
    [INTEGER, NUMBER, BOOLEAN, TEXT, NULL, {"enum": ["1", 2]}, {"type": ["integer", "null"]}, True]
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(lambda items: {"type": "array", "items": items}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"anyOf": parts}),
        st.builds(
            lambda properties, required: {"type": "object", "properties": properties, "required": required},
            st.dictionaries(st.sampled_from("ab"), inner),
            st.lists(st.sampled_from("ab"), unique=True),
        ),
    ),
    max_leaves=6,
)
SCALARS = st.sampled_from(
    [None, True, 0, 4, 1.5, "4", "1.5", "true", "null", "word", '{"a": "4"}', "[1]", '{"b": null}']
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from("ab"), VALUES), st.dictionaries(st.sampled_from("ab"), SCHEMAS))
def test_valid_arguments_stay_unchanged_and_what_was_repaired_stays_so(
    arguments: dict[str, Any], properties: dict[str, Any]
) -> None:
    whole = {"type": "object", "properties": properties}
    checked = CheckedSchema(whole)
    read, repairs = repaired(arguments, whole)
    if checked.allows(arguments, whole):
        assert (read, repairs) == (arguments, ())
    assert repaired(read, whole) == (read, ())
    assert bool(repairs) == (repr(read) != repr(arguments))
    for name, value in read.items():
        was_changed = repr(value) != repr(arguments[name])
        if was_changed and not isinstance(value, list | dict):
            assert checked.allows(value, properties[name])
