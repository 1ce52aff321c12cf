"""The agent's turn: one call of its model with the environment's tools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, SystemMessage, messages_to_dict
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from awm_langgraph.agent.deciding import Noted, note
from awm_langgraph.agent.interfaces import ToolInterface, interface_named, shortened
from awm_langgraph.agent.routing import answer_in, is_final_answer
from awm_langgraph.agent.scene import Scene, Update
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.errors import EnvironmentBuildError, EpisodeError
from awm_langgraph.experts import ask_expert_tool
from awm_langgraph.models.calls import Reply, ask
from awm_langgraph.models.failure import ModelFailure
from awm_langgraph.models.prices import priced
from awm_langgraph.prompts import load


async def agent(state: EpisodeState, scene: Scene) -> Update:
    """Let the agent speak once; a model that fails ends the episode with a reason, not with an exception."""
    noted = note(state, scene)
    messages = [*state["messages"], *noted.hints]
    try:
        reply = await _speak(state, messages, scene)
    except ModelFailure as failure:
        return {**noted.update, "stop_reason": failure.kind, "error": str(failure)}
    except EpisodeError as error:
        return {**noted.update, "stop_reason": "environment_error", "error": str(error)}
    return _recorded(state, noted, reply, scene)


async def _speak(state: EpisodeState, messages: Sequence[AnyMessage], scene: Scene) -> Reply:
    context = scene.context
    interface = interface_named(context.tool_interface)
    async with scene.surroundings.lend(state, state["snapshot"]) as environment:
        tools = list(environment.tools)
    extra = [ask_expert_tool()] if context.may_ask else []
    model = await scene.surroundings.model("agent", state, context)
    shown = shortened(
        messages,
        result_limit_characters=context.result_limit_characters,
        total_limit_characters=context.conversation_limit_characters,
    )
    system = SystemMessage(_system_prompt(scene, interface, tools, extra))
    reply = await ask(
        _with_tools(model, interface.offered(tools, extra)),
        [system, *interface.conversation(shown)],
        timeout_seconds=context.model_timeout_seconds,
    )
    usage = priced(reply.usage, scene.surroundings.choice("agent", context))
    return Reply(interface.read(reply.message, messages), usage, reply.latency_seconds)


def _recorded(state: EpisodeState, noted: Noted, reply: Reply, scene: Scene) -> Update:
    """Record a turn: a step if it calls something or tries to, else the final answer."""
    turn = reply.message
    is_final = is_final_answer(turn)
    step = state["steps"] if is_final else state["steps"] + 1
    scene.announce(
        "turn",
        step=step,
        text=turn.text.strip(),
        message=messages_to_dict([turn])[0],
        is_final=is_final,
        usage=reply.usage.model_dump(mode="json"),
        latency_seconds=reply.latency_seconds,
    )
    return {
        **noted.update,
        "messages": [*noted.hints, turn],
        "steps": step,
        "final_answer": answer_in(turn) if is_final else "",
        "usage": {"agent": reply.usage.model_dump(mode="json")},
        "active_seconds": reply.latency_seconds,
    }


def _with_tools(model: BaseChatModel, tools: list[BaseTool]) -> Runnable[Any, AIMessage]:
    if not tools:
        return model
    try:
        return model.bind_tools(tools)
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        # what these say is the scenario's: its schemas
        raise EnvironmentBuildError(f"the environment's tools cannot be offered to a model: {error!r}") from error


def _system_prompt(scene: Scene, interface: ToolInterface, tools: Sequence[BaseTool], extra: Sequence[BaseTool]) -> str:
    context = scene.context
    parts = [load("agent").render(max_steps=context.max_steps), interface.briefing(tools, extra)]
    if context.may_ask:
        parts.append(load("agent_expert").render(max_consultations=context.max_consultations))
    if context.on_low_confidence != "off":
        parts.append(load("agent_confidence").render())
    return "\n\n".join(part for part in parts if part)
