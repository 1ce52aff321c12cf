from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.tools import StructuredTool, tool

from awm_langgraph.episode import Call, Solution
from awm_langgraph.errors import UsageError
from awm_langgraph.models import Script
from awm_langgraph.models.scripted.model import SCRIPTS, scripted_model


@tool
def list_workflows(limit: int) -> str:
    """List workflows."""
    return str(limit)


async def answer_from_server(**arguments: Any) -> str:
    return str(arguments)


@pytest.mark.parametrize("name", sorted(SCRIPTS))
async def test_every_scripted_model_names_itself_and_claims_no_tokens(name: str, solution: Solution) -> None:
    model = scripted_model(name, Script(task_key="workflow/0", seed=0, solution=solution))
    answer = await model.ainvoke([HumanMessage("Go.")])
    assert answer.response_metadata["model_name"] == f"scripted:{name}"
    assert answer.usage_metadata is None


class Unread(StructuredTool):
    """A tool whose schema nobody may ask for."""

    @property
    def tool_call_schema(self) -> Any:
        raise AssertionError("its schema was asked for")


def test_binding_tools_gives_a_copy_that_knows_the_schemas_of_those_that_the_script_calls() -> None:
    calls = (Call(tool="list_workflows", arguments={}), Call(tool="get_workflow", arguments={}))
    script = Script(task_key="workflow/0", seed=0, solution=Solution(calls=calls))
    model = scripted_model("novice", script)
    schema = {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}
    served = StructuredTool(name="get_workflow", description="Get.", args_schema=schema, coroutine=answer_from_server)
    other = Unread(name="delete_workflow", description="Delete.", args_schema=schema, coroutine=answer_from_server)
    bound = model.bind_tools([list_workflows, served, other])
    assert bound.tools["list_workflows"]["required"] == ["limit"]
    assert bound.tools["get_workflow"]["properties"] == {"id": {"type": "integer"}}
    assert bound.tools["delete_workflow"] == {}
    assert model.tools == {}


def test_an_unknown_script_is_told_with_the_known_ones(solution: Solution) -> None:
    with pytest.raises(
        UsageError, match=r"scripted:genius; expected one of scripted:expert, scripted:judge, scripted:novice, scripted"
    ):
        scripted_model("genius", Script(task_key="workflow/0", seed=0, solution=solution))


@pytest.mark.parametrize("script", [None, Script(task_key="shop/3", seed=0, solution=None)])
def test_a_task_without_a_reference_solution_is_told(script: Script | None) -> None:
    with pytest.raises(UsageError, match="reference solution") as told:
        scripted_model("solver", script)
    assert script is None or "shop/3" in str(told.value)


@pytest.mark.parametrize(
    ("name", "fields", "flags"),
    [
        ("novice", ["`agent`", "`expert`"], ["--agent", "--expert", "--no-expert"]),
        ("expert", ["`expert`"], ["--expert", "--no-expert"]),
        ("judge", ["`judge`"], ["--judge"]),
    ],
)
def test_a_script_without_a_reference_solution_names_the_fields_of_the_form_and_the_flags_that_help(
    name: str, fields: list[str], flags: list[str]
) -> None:
    with pytest.raises(UsageError) as told:
        scripted_model(name, Script(task_key="shop/own", seed=0, solution=None))
    words = str(told.value).translate(str.maketrans("(),", "   ")).split()
    assert [word for word in words if word.startswith("--")] == flags
    assert [word for word in words if word.startswith("`")] == fields
    assert ("condition none" in str(told.value)) == (name != "judge")
