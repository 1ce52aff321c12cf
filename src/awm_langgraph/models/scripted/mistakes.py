"""The mistakes a novice makes: which one, where, and what it looks like when it is tried again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, get_args

from awm_langgraph.episode import Call
from awm_langgraph.models.scripted.situation import Situation

MistakeKind = Literal["wrong_tool", "missing_argument", "wrong_type", "skipped_step", "early_stop"]
Schema = Mapping[str, Any]

VARIATIONS = 3
"""How many forms a refused mistake takes before the novice gives up."""
_READING = ("get_", "list_", "search_", "find_", "read_", "show_", "check_", "count_")
"""Beginnings of the names of tools that only look."""
_SYNONYMS = {
    "create": ("add", "make"),
    "add": ("create", "append"),
    "get": ("fetch", "show"),
    "list": ("get_all", "show"),
    "search": ("find", "query"),
    "find": ("search", "lookup"),
    "update": ("edit", "modify"),
    "set": ("update", "change"),
    "delete": ("remove", "drop"),
    "remove": ("delete", "drop"),
    "send": ("post", "submit"),
}
_NO_NUMBERS = ("the first one", "number one", "one of them")


@dataclass(frozen=True)
class Mistake:
    """One way to go wrong at one reference call, counted from 0."""

    kind: MistakeKind
    position: int

    @property
    def is_refused(self) -> bool:
        """Tell whether the environment answers it with an error, rather than the task being left undone."""
        return self.kind in ("wrong_tool", "missing_argument", "wrong_type")


def choose_mistake(situation: Situation) -> Mistake | None:
    """Choose by the script's seed among the mistakes that are possible here; None for a task without calls."""
    calls = situation.solution.calls
    random = Random(f"{situation.script.seed}:{situation.script.task_key}")
    for kind in random.sample(get_args(MistakeKind), k=len(get_args(MistakeKind))):
        positions = [place for place in range(len(calls)) if _is_possible(kind, calls, place, situation.tools)]
        if positions:
            return Mistake(kind, random.choice(positions))
    return None


def mistaken_call(mistake: Mistake, call: Call, tools: Mapping[str, Schema], variation: int) -> Call:
    """Spoil ``call``, in one of `VARIATIONS` ways, so that the environment refuses it."""
    schema = tools.get(call.tool, {})
    if mistake.kind == "wrong_tool":
        return Call(tool=_wrong_names(call.tool, tools)[variation], arguments=call.arguments)
    if mistake.kind == "missing_argument":
        return Call(tool=call.tool, arguments=_without_one(call, schema, variation))
    spoilt = _numeric_arguments(call, schema)
    name = spoilt[variation % len(spoilt)]
    return Call(tool=call.tool, arguments={**call.arguments, name: _NO_NUMBERS[variation]})


def _is_possible(kind: MistakeKind, calls: Sequence[Call], place: int, tools: Mapping[str, Schema]) -> bool:
    call = calls[place]
    schema = tools.get(call.tool, {})
    match kind:
        case "wrong_tool":
            return True
        case "missing_argument":
            return bool(_required_arguments(call, schema))
        case "wrong_type":
            return bool(_numeric_arguments(call, schema))
        # A novice tries before it fails: either of these leaves it at least one call to make.
        case "skipped_step":
            return len(calls) > 1 and is_work(call)
        case "early_stop":
            return place > 0 and any(is_work(left) for left in calls[place:])


def is_work(call: Call) -> bool:
    """Tell by the tool's name whether a call changes something, rather than only looks."""
    return not call.tool.startswith(_READING)


def _required_arguments(call: Call, schema: Schema) -> list[str]:
    return [name for name in schema.get("required", ()) if name in call.arguments]


def _numeric_arguments(call: Call, schema: Schema) -> list[str]:
    """Name the arguments that may be no text."""
    properties = schema.get("properties", {})
    return [name for name in call.arguments if _is_numeric(properties.get(name, {}))]


def _is_numeric(schema: Schema) -> bool:
    types: set[str] = set()
    for alternative in schema.get("anyOf", (schema,)):
        named = alternative.get("type", "any")
        types.update([named] if isinstance(named, str) else named)
    types.discard("null")
    return bool(types) and types <= {"integer", "number", "boolean"}


def _without_one(call: Call, schema: Schema, variation: int) -> dict[str, Any]:
    """Leave a required argument out, then give it under names that the tool does not have."""
    required = _required_arguments(call, schema)
    name = required[variation % len(required)]
    arguments = call.arguments
    rest = {other: value for other, value in arguments.items() if other != name}
    if variation == 0:
        return rest
    misnamed = (name.rpartition("_")[2], f"the_{name}")[variation - 1]
    taken = misnamed in schema.get("properties", {})
    return rest if taken else {**rest, misnamed: arguments[name]}


def _wrong_names(name: str, taken: Collection[str]) -> list[str]:
    """List plausible names that no tool has, at least as many as there are variations."""
    verb, _, rest = name.partition("_")
    other_number = name.removesuffix("s") if name.endswith("s") else f"{name}s"
    other_verbs = [f"{synonym}_{rest}" if rest else synonym for synonym in _SYNONYMS.get(verb, ())]
    names = [other_number, *other_verbs, f"{name}_record", f"do_{name}", f"{name}_now", f"run_{name}"]
    return [candidate for candidate in names if candidate not in taken][:VARIATIONS]
