"""The episode graph for applications that have nothing to do with AWM."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langchain_core.tools import tool as as_tool

from awm_langgraph.agent.graph import Checkpointer, EpisodeGraph, build_graph
from awm_langgraph.agent.state import OwnInput
from awm_langgraph.agent.surroundings.own import OwnParts, OwnSurroundings, OwnVerifier
from awm_langgraph.episode import Solution
from awm_langgraph.errors import UsageError
from awm_langgraph.experts import Expert, as_expert
from awm_langgraph.models import ModelChoice, Role
from awm_langgraph.settings import current_settings

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable
    from langchain_mcp_adapters.sessions import Connection

    Adviser = str | BaseChatModel | Expert | Runnable[Any, Any] | Callable[..., Any]
    OwnTools = Sequence[BaseTool | Callable[..., Any]] | Mapping[str, Connection]


def create_expert_graph(
    agent_model: str | BaseChatModel | None,
    tools: OwnTools,
    expert: Adviser | None,
    verifier: OwnVerifier | None = None,
    *,
    criteria: Sequence[str] = (),
    solutions: Mapping[str, Solution] | None = None,
    call_timeout_seconds: float = 60.0,
    checkpointer: Checkpointer = None,
    name: str = "expert_loop",
    **defaults: Any,
) -> EpisodeGraph:
    """Compile the expert-in-the-loop graph over tools of your own: the same nodes, triggers, budgets and records.

    Input is ``{"instruction": ...}`` or ``{"messages": [...]}``; ``context=`` takes an ``EpisodeContext`` or its
    fields. A server that dies is started anew for the next call, and the agent is told. Databases are rewound with the
    checkpoints only in AWM's scenarios: what your tools did stays done.

    Args:
        agent_model: does the task: a chat model, or its name in ``init_chat_model`` form. None: the settings' model.
        tools: LangChain tools and plain functions, or MCP connections by name, as langchain-mcp-adapters takes them;
            every episode holds one session with each server from its first call to its end.
        expert: helps: a chat model or its name, an ``Expert``, a runnable or a function of your own. None: the
            settings' model.
        verifier: says of an ``Attempt`` whether the task was done; without one the outcome is ``no_verifier``.
        criteria: what must hold in the end, in words that only the expert reads.
        solutions: reference solutions by instruction, for scripted models, which play nothing else: with one, the graph
            can be tried without a model. The first instruction is the one for an input that has none.
        call_timeout_seconds: longest time one call may take.
        checkpointer: where LangGraph keeps the episodes' checkpoints.
        name: the graph's name, and the scenario's in records.
        defaults: fields of the context that are to have another default in this graph.

    Raises:
        UsageError: a part is of no use as what it is given for.
    """
    current_settings()
    if verifier is not None and not callable(verifier):
        raise UsageError(f"verifier: expected a function of an Attempt, found {verifier!r}: give one or none")
    models: dict[Role, BaseChatModel | ModelChoice] = {}
    if agent_model is not None:
        models["agent"] = _model(agent_model)
    if isinstance(expert, str | BaseChatModel):
        models["expert"] = _model(expert)
    parts = OwnParts(
        name=name,
        models=models,
        tools=() if isinstance(tools, Mapping) else tuple(_tool(one) for one in tools),
        connections=tools if isinstance(tools, Mapping) else {},
        expert=None if expert is None or "expert" in models else as_expert(expert),
        verifier=verifier,
        criteria=_sentences(criteria),
        call_timeout_seconds=call_timeout_seconds,
        solutions=solutions or {},
    )
    return build_graph(OwnSurroundings(parts), takes=OwnInput, checkpointer=checkpointer, name=name, defaults=defaults)


def _model(given: str | BaseChatModel) -> BaseChatModel | ModelChoice:
    return ModelChoice(model=given) if isinstance(given, str) else given


def _tool(given: BaseTool | Callable[..., Any]) -> BaseTool:
    if isinstance(given, BaseTool):
        return given
    if not callable(given) or isinstance(given, type):
        raise UsageError(f"tools: expected LangChain tools, functions or MCP connections by name, found {given!r}")
    try:
        return as_tool(given)
    except ValueError as error:
        raise UsageError(f"tools: {given!r} cannot be a tool: {error}") from None


def _sentences(criteria: Sequence[str]) -> tuple[str, ...]:
    if isinstance(criteria, str):
        raise UsageError("criteria: expected a list of sentences, found one text: put it in [ ]")
    return tuple(criteria)
