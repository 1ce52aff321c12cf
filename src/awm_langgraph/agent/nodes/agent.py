"""The agent's turn: one call of its model with the environment's tools."""

from __future__ import annotations

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, SystemMessage, messages_to_dict
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langgraph.runtime import Runtime

from awm_langgraph.agent.context import EpisodeContext, context_of
from awm_langgraph.agent.events import announce
from awm_langgraph.agent.routing import is_final_answer
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.agent.surroundings import lend_environment, model_of
from awm_langgraph.errors import EnvironmentBuildError, EpisodeError
from awm_langgraph.experts import ask_expert_tool
from awm_langgraph.models.calls import ask
from awm_langgraph.models.failure import ModelFailure
from awm_langgraph.models.turn import spoken
from awm_langgraph.prompts import load


async def agent(state: EpisodeState, runtime: Runtime[EpisodeContext]) -> dict[str, Any]:
    """Let the agent speak once; a model that fails ends the episode with a reason, not with an exception."""
    context = context_of(runtime)
    try:
        offered = await _tools_for(state, context)
        model = _with_tools(await model_of("agent", state, context), offered)
        system = SystemMessage(_system_prompt(context))
        reply = await ask(model, [system, *state["messages"]], timeout_seconds=context.model_timeout_seconds)
    except ModelFailure as failure:
        return {"stop_reason": failure.kind, "error": str(failure)}
    except EpisodeError as error:
        return {"stop_reason": "environment_error", "error": str(error)}
    update = _turn(state["steps"], reply.message)
    announce(
        runtime,
        "turn",
        step=update.get("steps", state["steps"]),
        text=reply.message.text.strip(),
        message=messages_to_dict([reply.message])[0],
        is_final="final_answer" in update,
        usage=reply.usage.model_dump(mode="json"),
        latency_seconds=reply.latency_seconds,
    )
    usage = {"agent": reply.usage.model_dump(mode="json")}
    return {"usage": usage, "active_seconds": reply.latency_seconds, **update}


def _turn(steps: int, message: AIMessage) -> dict[str, Any]:
    """Record a turn: a step if it calls something or tries to, else the final answer."""
    if is_final_answer(message):
        return {"messages": [message], "stop_reason": "final_answer", "final_answer": spoken(message.text)}
    return {"messages": [message], "steps": steps + 1}


def _with_tools(model: BaseChatModel, tools: list[BaseTool]) -> Runnable[Any, AIMessage]:
    try:
        return model.bind_tools(tools)
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        # what these say is the scenario's: its schemas
        raise EnvironmentBuildError(f"the environment's tools cannot be offered to a model: {error!r}") from error


async def _tools_for(state: EpisodeState, context: EpisodeContext) -> list[BaseTool]:
    async with await lend_environment(state, state["snapshot"]) as environment:
        tools = list(environment.tools)
    return [*tools, ask_expert_tool()] if context.offers_expert else tools


def _system_prompt(context: EpisodeContext) -> str:
    prompt = load("agent").render(max_steps=context.max_steps)
    if not context.offers_expert:
        return prompt
    return f"{prompt}\n\n{load('agent_expert').render(max_consultations=context.max_consultations)}"
