"""Plans against the schemas of the tools they name."""

from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from awm_langgraph.episode import PlanStep
from awm_langgraph.experts.checking import complaints_about
from awm_langgraph.experts.consultation import ToolSchema


def complaints(tools: Sequence[ToolSchema], tool: str, arguments: dict[str, Any]) -> tuple[str, ...]:
    return complaints_about([PlanStep(tool=tool, arguments=arguments)], tools)


def test_a_plan_that_fits_has_no_complaints(tools: Sequence[ToolSchema]) -> None:
    plan = [
        PlanStep(tool="list_workflows"),
        PlanStep(tool="create_trigger", arguments={"workflow_id": 4, "kind": "event"}),
    ]

    assert complaints_about(plan, tools) == ()


@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        ("create_triger", {}, ["there is no tool 'create_triger'; did you mean 'create_trigger'?"]),
        ("pay", {}, ["there is no tool 'pay'"]),
        ("create_trigger", {}, ["create_trigger: missing required argument 'workflow_id'"]),
        (
            "create_trigger",
            {"workflow_id": 4, "name": "x"},
            ["create_trigger: unknown argument 'name'; it takes workflow_id, kind"],
        ),
        ("list_workflows", {"page": 1}, ["list_workflows: unknown argument 'page'; it takes none"]),
        (
            "create_trigger",
            {"workflow_id": "4", "kind": "cron"},
            [
                "create_trigger: argument 'kind': 'cron' is not one of ['schedule', 'event']",
                "create_trigger: argument 'workflow_id': '4' is not of type 'integer'",
            ],
        ),
    ],
)
def test_a_step_that_does_not_fit_is_complained_about_exactly(
    tools: Sequence[ToolSchema], tool: str, arguments: dict[str, Any], expected: list[str]
) -> None:
    assert complaints(tools, tool, arguments) == tuple(f"plan step 1: {complaint}" for complaint in expected)


def test_complaints_name_the_step_they_are_about(tools: Sequence[ToolSchema]) -> None:
    plan = [PlanStep(tool="list_workflows"), PlanStep(tool="pay")]

    assert complaints_about(plan, tools) == ("plan step 2: there is no tool 'pay'",)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "additionalProperties": True},
        {"type": "object", "additionalProperties": {"type": "integer"}},
        {"type": "object", "patternProperties": {"^x": {}}},
    ],
)
def test_a_schema_that_allows_further_arguments_gets_them(schema: dict[str, Any]) -> None:
    assert complaints([ToolSchema(name="set", input_schema=schema)], "set", {"x": 1}) == ()


def test_nested_arguments_are_checked_too() -> None:
    inner = {"type": "object", "properties": {"n": {"type": "integer"}}, "additionalProperties": False}
    tool = ToolSchema(name="set", input_schema={"type": "object", "properties": {"config": inner}})

    (complaint,) = complaints([tool], "set", {"config": {"m": 1}})

    assert complaint.startswith("plan step 1: set: argument 'config': Additional properties are not allowed")


@pytest.mark.parametrize("broken", [{"type": "no such type"}, {"$ref": "#/$defs/Missing"}])
def test_a_broken_schema_says_nothing_about_the_plan(broken: dict[str, Any]) -> None:
    tool = ToolSchema(name="set", input_schema={"type": "object", "properties": {"x": broken}})

    assert complaints([tool], "set", {"x": 1}) == ()


def test_a_schema_that_points_elsewhere_makes_nothing_be_fetched() -> None:
    fetched: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fetched.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"type": "string"}')

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Thread(target=server.serve_forever).start()
        reference = {"$ref": f"http://127.0.0.1:{server.server_port}/schema.json"}
        tool = ToolSchema(name="set", input_schema={"type": "object", "properties": {"x": reference}})
        found = complaints([tool], "set", {"x": 1})
        server.shutdown()

    assert (found, fetched) == ((), [])


def test_a_long_value_does_not_fill_the_complaint(tools: Sequence[ToolSchema]) -> None:
    (complaint,) = complaints(tools, "create_trigger", {"workflow_id": "4" * 5000})

    assert len(complaint) < 500
    assert "left out" in complaint


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^b+$"},
        {"type": "object", "patternProperties": {"^b+$": {"type": "string"}}, "additionalProperties": False},
    ],
)
def test_a_regular_expression_of_a_schema_is_never_matched(schema: dict[str, Any]) -> None:
    tool = ToolSchema(name="t", description="", input_schema={"type": "object", "properties": {"a": schema}})
    value: Any = "a" if schema["type"] == "string" else {"a": 1}
    assert complaints([tool], "t", {"a": value}) == ()
    assert complaints([tool], "t", {"a": 1}) != ()


def test_values_of_an_open_object_are_still_checked() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "object", "additionalProperties": {"type": "integer"}}}}
    tool = ToolSchema(name="t", description="", input_schema=schema)
    assert complaints([tool], "t", {"a": {"b": "x"}}) != ()


def test_a_type_that_does_not_exist_says_nothing_about_the_plan() -> None:
    schema = {"$schema": "http://json-schema.org/draft-03/schema#", "properties": {"a": {"type": "objekt"}}}
    tool = ToolSchema(name="t", description="", input_schema=schema)
    assert complaints([tool], "t", {"a": 1}) == ()
