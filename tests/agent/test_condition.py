"""The condition that an input may choose: what it goes before, and for how long."""

from typing import Any, get_args

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph

from awm_langgraph.agent import EpisodeContext, create_awm_graph, create_expert_graph
from awm_langgraph.agent.context import AS_CONTEXT
from awm_langgraph.agent.state import ConditionName
from awm_langgraph.cli.studio.conditions import conditions
from awm_langgraph.environment import EnvironmentPool, use_pool
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.errors import UsageError

TASK: dict[str, Any] = {"scenario": "support_desk", "task_idx": 3}
NOVICE: Any = {"seed": 1}


@pytest.fixture
async def graph(tmp_path: Any, runtime: Runtime) -> Any:
    pool = EnvironmentPool(tmp_path, runtime=runtime)
    with use_pool(pool):
        yield create_awm_graph(checkpointer=InMemorySaver())
    await pool.close()


async def play(graph: Any, thread: str = "t", *, context: Any = NOVICE, **request: Any) -> Any:
    config: Any = {"configurable": {"thread_id": thread}}
    return await graph.ainvoke({**TASK, **request}, config, context=context)


def test_it_changes_kind_and_tier_and_leaves_the_rest() -> None:
    given = EpisodeContext.model_validate({"expert_kind": "human", "expert_tier": "schema", "max_steps": 3})
    for name in (None, "", AS_CONTEXT):
        assert given.in_condition(name) is given
    assert given.in_condition("none").condition == "none"
    chosen = given.in_condition("dynamic/verifier")
    assert (chosen.condition, chosen.max_steps) == ("dynamic/verifier", 3)
    assert given.in_condition("ensemble").condition == "ensemble/schema"


@pytest.mark.parametrize("name", ["dynamic/everything", "oracle", "/schema", 3, ["none"]])
def test_one_that_does_not_exist_is_refused_in_one_line(name: object) -> None:
    with pytest.raises(UsageError, match="condition: expected context, none or KIND/TIER") as refused:
        EpisodeContext().in_condition(name)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("graph", [create_awm_graph(), create_expert_graph(None, [], None)])
def test_the_form_offers_every_condition_by_name_as_a_plain_choice(graph: CompiledStateGraph[Any, Any, Any]) -> None:
    field = graph.get_input_jsonschema()["properties"]["condition"]
    assert (field["type"], field["default"], field["title"]) == ("string", AS_CONTEXT, "Condition")
    assert field["enum"] == list(get_args(ConditionName)) == [AS_CONTEXT, *(one.name for one in conditions(["past"]))]
    assert "before" in field["description"]
    for name in field["enum"]:
        assert EpisodeContext().in_condition(name).condition == (name if name != AS_CONTEXT else "dynamic/criteria")


async def test_the_input_s_condition_goes_before_the_context_s_and_is_what_the_record_says(graph: Any) -> None:
    alone = await play(graph, context={"seed": 1, "expert_kind": "dynamic"}, condition="none")
    assert (alone["consultations"], alone["provenance"]["condition"]) == ([], "none")
    helped = await play(graph, "u", context={"seed": 1, "expert_kind": "none"}, condition="dynamic/schema")
    assert [one["tier"] for one in helped["consultations"]] == ["schema"]
    assert (helped["provenance"]["condition"], helped["outcome"]) == ("dynamic/schema", "complete")
    state = (await graph.aget_state({"configurable": {"thread_id": "u"}})).values
    assert (state["context"]["expert_kind"], state["context"]["seed"]) == ("dynamic", 1)


async def test_a_past_that_the_condition_does_not_read_is_refused_only_where_no_input_chose_it(graph: Any) -> None:
    unread: Any = {"seed": 1, "past": ["earlier"]}
    with pytest.raises(UsageError, match="past: expected an expert who reads earlier episodes"):
        await play(graph, context=unread)
    episode = await play(graph, "u", context=unread, condition="none")
    assert episode["provenance"]["condition"] == "none"


@pytest.mark.parametrize("name", [None, AS_CONTEXT])
async def test_without_one_it_is_as_the_context_says(graph: Any, name: str | None) -> None:
    episode = await play(graph, context={"seed": 1, "expert_kind": "none"}, condition=name)
    assert episode["provenance"]["condition"] == "none"


async def test_it_holds_for_its_episode_and_not_for_the_thread_s_next_one(graph: Any) -> None:
    first = await play(graph, condition="none")
    second = await play(graph)
    assert [one["provenance"]["condition"] for one in (first, second)] == ["none", "dynamic/criteria"]


async def test_one_that_was_refused_is_forgotten(graph: Any) -> None:
    with pytest.raises(UsageError, match="found 'oracle'"):
        await play(graph, condition="oracle")
    assert (await play(graph))["provenance"]["condition"] == "dynamic/criteria"


async def test_an_episode_that_is_gone_back_over_stays_in_its_condition(graph: Any) -> None:
    await play(graph, condition="none")
    config: Any = {"configurable": {"thread_id": "t"}}
    early = [one async for one in graph.aget_state_history(config) if one.next == ("tools",)][-1]
    again = await graph.ainvoke(None, early.config, context=NOVICE)
    assert (again["provenance"]["condition"], again["consultations"]) == ("none", [])


async def test_an_episode_that_is_begun_again_from_its_input_is_in_its_condition(graph: Any) -> None:
    first = await play(graph, condition="none", episode_id="mine")
    config: Any = {"configurable": {"thread_id": "t"}}
    (begin,) = [one async for one in graph.aget_state_history(config) if one.next == ("reset",)]
    again = await graph.ainvoke(None, begin.config, context=NOVICE)
    assert again["provenance"] == first["provenance"]


async def test_where_an_edited_state_goes_is_decided_in_its_condition(graph: Any) -> None:
    nexts = []
    for name in ("none", "dynamic/schema"):
        config: Any = {"configurable": {"thread_id": name}}
        await play(graph, name, condition=name)
        line = [one async for one in graph.aget_state_history(config)]
        failed = [one for one in line if one.values.get("calls") and one.values["calls"][-1]["kind"] != "ok"][-1]
        edited = await graph.aupdate_state(failed.config, {"final_answer": ""}, as_node="tools")
        nexts.append((await graph.aget_state(edited)).next)
    assert nexts == [("agent",), ("expert",)]


async def test_one_that_learns_from_earlier_episodes_says_what_it_lacks(graph: Any) -> None:
    with pytest.raises(UsageError, match="expert_kind static: expected earlier episodes to learn from"):
        await play(graph, condition="static/schema")
