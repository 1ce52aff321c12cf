"""A step's calls: each one sent to the environment, answered and recorded, whatever came of it."""

from __future__ import annotations

import time
from functools import partial

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from awm_langgraph.agent.deciding import hold_back, note
from awm_langgraph.agent.interfaces import EnvironmentCall, Request, interface_named, repaired
from awm_langgraph.agent.progress import counters
from awm_langgraph.agent.routing import last_turn
from awm_langgraph.agent.scene import Scene, Update
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.agent.watching import as_tool_run
from awm_langgraph.environment import Environment, schema_of
from awm_langgraph.episode import ToolOutcome
from awm_langgraph.errors import EpisodeError
from awm_langgraph.experts import ASK_EXPERT
from awm_langgraph.prompts import load


async def tools(state: EpisodeState, scene: Scene) -> Update:
    """Make the calls of the agent's latest turn, in order; a question to the expert is left for the expert.

    Calls that cannot be undone are held back instead where the agent is first to be told that it may ask.
    """
    began = time.monotonic()
    turn = last_turn(state["messages"])
    noted = note(state, scene)
    if noted.is_nudge:
        return {
            **noted.update,
            "messages": [*hold_back(turn, scene.context.tool_interface, noted.reason), *noted.hints],
        }
    answers, outcomes = await _make_calls(state, turn, scene)
    calls = [one.model_dump(mode="json") for one in outcomes]
    now = {**state, "messages": [*state["messages"], *answers], "calls": [*state["calls"], *calls]}
    scene.announce("progress", step=state["steps"], counters=counters(now, scene.context))
    return {
        **noted.update,
        "messages": answers,
        "calls": calls,
        "snapshot": outcomes[-1].snapshot if outcomes else state["snapshot"],
        "active_seconds": time.monotonic() - began,
    }


async def _make_calls(state: EpisodeState, turn: AIMessage, scene: Scene) -> tuple[list[AnyMessage], list[ToolOutcome]]:
    snapshot = state["snapshot"]
    outcomes: list[ToolOutcome] = []
    answers: list[AnyMessage] = []
    for request in await _requests(state, turn, scene):
        make = partial(_outcome, state, request, snapshot, scene)
        outcome = await as_tool_run(request.name, request.arguments, make)
        scene.announce("call", **outcome.model_dump(mode="json"))
        if outcome.changed:
            await _tell_change(state, snapshot, outcome, scene)
        snapshot = outcome.snapshot
        outcomes.append(outcome)
        answers.append(_answer(outcome))
    return answers, outcomes


async def _tell_change(state: EpisodeState, before: str, outcome: ToolOutcome, scene: Scene) -> None:
    change = await scene.surroundings.change(state, before, outcome.snapshot)
    if change is not None:
        call = {"step": outcome.step, "call_id": outcome.call_id, "name": outcome.name}
        scene.announce("change", **call, **change.model_dump(mode="json"))


async def _requests(state: EpisodeState, turn: AIMessage, scene: Scene) -> list[Request]:
    """Read what the turn asks for; a turn that asks for nothing is a mistake to be told of."""
    if not turn.tool_calls and not turn.invalid_tool_calls:
        return [ToolOutcome(name="", arguments={}, kind="invalid_action", text=load("empty_turn").render())]
    calls = [call for call in turn.tool_calls if not (call["name"] == ASK_EXPERT and scene.context.may_ask)]
    turn = turn.model_copy(update={"tool_calls": calls})
    interface = interface_named(scene.context.tool_interface)
    try:
        async with scene.surroundings.lend(state, state["snapshot"]) as environment:
            return interface.requests(turn, environment.tools)
    except EpisodeError as error:
        lost = [EnvironmentCall(call["id"] or "", call["name"], call["args"]) for call in calls]
        return [_unavailable(request, error) for request in lost]


async def _outcome(state: EpisodeState, request: Request, snapshot: str, scene: Scene) -> ToolOutcome:
    """Make one call, or none where the request is an outcome already."""
    if isinstance(request, ToolOutcome):
        outcome = request
    else:
        try:
            async with scene.surroundings.lend(state, snapshot) as environment:
                outcome = await _call(environment, request, is_lenient=scene.context.argument_mode == "lenient")
        except EpisodeError as error:
            outcome = _unavailable(request, error)
    known = {"step": state["steps"], "snapshot": outcome.snapshot or snapshot, "call_id": request.call_id}
    return outcome.model_copy(update=known)


async def _call(environment: Environment, request: EnvironmentCall, *, is_lenient: bool) -> ToolOutcome:
    arguments, repairs = request.arguments, request.flaws
    tool = next((tool for tool in environment.tools if tool.name == request.name), None)
    if is_lenient and tool is not None:
        arguments, changes = repaired(arguments, schema_of(tool))
        repairs = (*repairs, *changes)
    outcome = await environment.call(request.name, arguments)
    return outcome.model_copy(update={"repairs": repairs})


def _unavailable(request: EnvironmentCall, error: EpisodeError) -> ToolOutcome:
    return ToolOutcome(
        name=request.name,
        arguments=request.arguments,
        kind="environment_error",
        text=f"Error: the environment is unavailable: {error}",
        call_id=request.call_id,
    )


def _answer(outcome: ToolOutcome) -> AnyMessage:
    if not outcome.call_id:
        return HumanMessage(outcome.text)
    return ToolMessage(
        outcome.text,
        name=outcome.name,
        tool_call_id=outcome.call_id,
        status="error" if outcome.is_error else "success",
    )
