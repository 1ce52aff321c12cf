from typing import Any

import pytest
from jsonschema import Draft202012Validator

from awm_langgraph.episode import Call, Solution
from awm_langgraph.models import Script
from awm_langgraph.models.scripted.mistakes import VARIATIONS, Mistake, choose_mistake, mistaken_call
from awm_langgraph.models.scripted.situation import Situation

KINDS = {"wrong_tool", "missing_argument", "wrong_type", "skipped_step", "early_stop"}


@pytest.fixture
def schemas(tools: list[dict[str, Any]]) -> dict[str, Any]:
    return {tool["function"]["name"]: tool["function"]["parameters"] for tool in tools}


def mistake(
    calls: tuple[Call, ...], schemas: dict[str, Any], seed: int, task_key: str = "workflow/0"
) -> Mistake | None:
    script = Script(task_key=task_key, seed=seed, solution=Solution(calls=calls))
    return choose_mistake(Situation(script, (), schemas))


def test_the_seed_and_the_task_decide_the_mistake(solution: Solution, schemas: dict[str, Any]) -> None:
    of_seeds = [mistake(solution.calls, schemas, seed) for seed in range(60)]
    assert of_seeds == [mistake(solution.calls, schemas, seed) for seed in range(60)]
    assert {one.kind for one in of_seeds if one} == KINDS
    of_tasks = {mistake(solution.calls, schemas, 0, f"workflow/{task}") for task in range(60)}
    assert len(of_tasks) > 3


def test_help_at_hand_does_not_change_the_mistake(
    solution: Solution, schemas: dict[str, Any], ask_expert: dict[str, Any]
) -> None:
    with_expert = {**schemas, "ask_expert": ask_expert["function"]["parameters"]}
    for seed in range(20):
        assert mistake(solution.calls, schemas, seed) == mistake(solution.calls, with_expert, seed)


def test_a_novice_always_makes_one_call_before_it_stops_or_skips(schemas: dict[str, Any]) -> None:
    single = (Call(tool="enable_workflow", arguments={"workflow_id": 4}),)
    found = [mistake(single, schemas, seed) for seed in range(60)]
    assert {one.kind for one in found if one} == {"wrong_tool", "missing_argument", "wrong_type"}


def test_only_work_is_left_undone_never_a_look(schemas: dict[str, Any]) -> None:
    calls = (Call(tool="list_workflows"), Call(tool="enable_workflow"), Call(tool="get_workflow"))
    found = [mistake(calls, schemas, seed) for seed in range(60)]
    left_undone = {one for one in found if one and not one.is_refused}
    assert left_undone == {Mistake("skipped_step", 1), Mistake("early_stop", 1)}


def test_a_task_without_calls_leaves_nothing_to_do_wrong(schemas: dict[str, Any]) -> None:
    assert mistake((), schemas, 0) is None


def test_without_schemas_no_argument_is_spoilt(solution: Solution) -> None:
    found = [mistake(solution.calls, {}, seed) for seed in range(60)]
    assert {one.kind for one in found if one} == {"wrong_tool", "skipped_step", "early_stop"}


@pytest.mark.parametrize("kind", ["missing_argument", "wrong_type"])
@pytest.mark.parametrize("place", [1, 2])
def test_a_spoilt_call_is_refused_by_the_tools_schema_in_every_variation(
    kind: Any, place: int, solution: Solution, schemas: dict[str, Any]
) -> None:
    call = solution.calls[place]
    spoilt = [mistaken_call(Mistake(kind, place), call, schemas, variation) for variation in range(VARIATIONS)]
    assert all(one.tool == call.tool for one in spoilt)
    assert not any(Draft202012Validator(schemas[call.tool]).is_valid(one.arguments) for one in spoilt)


def test_a_wrong_tool_is_a_plausible_name_that_no_tool_has(solution: Solution, schemas: dict[str, Any]) -> None:
    taken = {**schemas, "create_triggers": {}}
    names = [mistaken_call(Mistake("wrong_tool", 1), solution.calls[1], taken, n).tool for n in range(VARIATIONS)]
    assert names == ["add_trigger", "make_trigger", "create_trigger_record"]


@pytest.mark.parametrize("name", ["run", "status", "do_it", "synchronise_all_records"])
def test_every_name_has_enough_wrong_ones(name: str) -> None:
    call = Call(tool=name)
    names = {mistaken_call(Mistake("wrong_tool", 0), call, {name: {}}, n).tool for n in range(VARIATIONS)}
    assert len(names) == VARIATIONS
    assert name not in names


@pytest.mark.parametrize(
    ("schema", "is_spoilt"),
    [
        ({"type": "integer"}, True),
        ({"type": ["number", "null"]}, True),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, True),
        ({"type": "string"}, False),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, False),
        ({"type": "array", "items": {"type": "integer"}}, False),
        ({}, False),
    ],
)
def test_an_argument_is_given_the_wrong_type_only_where_its_schema_refuses_text(
    schema: dict[str, Any], is_spoilt: bool
) -> None:
    calls = (Call(tool="set_level", arguments={"level": 1}),)
    schemas = {"set_level": {"type": "object", "properties": {"level": schema}}}
    found = {one.kind for one in (mistake(calls, schemas, seed) for seed in range(40)) if one}
    assert ("wrong_type" in found) is is_spoilt
