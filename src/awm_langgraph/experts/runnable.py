"""An expert of a user's own: a Runnable, a compiled graph, or a function."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from functools import partial
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import Runnable
from langgraph.graph.state import CompiledStateGraph
from pydantic import BaseModel

from awm_langgraph.episode import Advice, Usage
from awm_langgraph.errors import UsageError
from awm_langgraph.experts.answering import NOTES_LIMIT_CHARACTERS
from awm_langgraph.experts.consultation import Consultation, Expert, ExpertReply
from awm_langgraph.experts.dynamic import DynamicExpert
from awm_langgraph.experts.questions import advice_question
from awm_langgraph.experts.reading import advice_of, read_advice
from awm_langgraph.models import ModelChoice, chat_model, name_of
from awm_langgraph.models.calls import usage_of
from awm_langgraph.models.interview import answer_or_error
from awm_langgraph.models.reading import UnreadableAnswerError, flaw_in
from awm_langgraph.models.turn import spoken
from awm_langgraph.models.writing import shorten

_ROLE = "expert_general"
_STATE_KEYS = ("structured_response", "advice", "messages")
"""Where a graph's answer stands in its state, the first that is there."""


def as_expert(thing: object) -> Expert:
    """Make an expert of a model, its name, a Runnable, a compiled graph or a function; an expert is one already.

    Raises:
        UsageError: it is none of these, or there is no such model.
    """
    if isinstance(thing, type):
        raise UsageError(f"expert: expected an expert, found the class {thing.__name__}: make one of it")
    if callable(getattr(thing, "advise", None)) and isinstance(getattr(thing, "name", None), str):
        return cast(Expert, thing)
    if isinstance(thing, str):
        return DynamicExpert(chat_model("expert", ModelChoice(model=thing)), thing)
    if isinstance(thing, BaseChatModel):
        return DynamicExpert(thing, name_of(thing))
    if isinstance(thing, Runnable):
        return RunnableExpert(thing)
    if callable(thing):
        return FunctionExpert(thing)
    raise UsageError(
        "expert: expected a model or its name, an Expert, a Runnable, a compiled graph or a function, "
        f"found {thing!r}: give one of these"
    )


class RunnableExpert:
    """Asks a Runnable or a compiled graph.

    A graph gets the keys of its input that it shares with a ``Consultation``, and the question as ``messages``. A
    Runnable that takes text gets the question as text; any other the consultation as a dictionary, with ``prompt`` and
    ``messages``. It answers with advice as an ``Advice``, a model or a dictionary of its fields, a text, a message, or
    a state with ``messages``, ``advice`` or ``structured_response``.
    """

    name = "runnable"

    def __init__(self, runnable: Runnable[Any, Any]) -> None:
        if isinstance(runnable, CompiledStateGraph):
            _shared_keys(runnable)
        self._runnable = runnable

    async def advise(self, consultation: Consultation) -> ExpertReply:
        """Return what the Runnable says; it is bounded by whoever asks."""
        reply, error = await answer_or_error(self._ask(consultation))
        return reply or ExpertReply(advice=Advice(), error=error)

    async def _ask(self, consultation: Consultation) -> ExpertReply:
        prompt = await asyncio.to_thread(partial(advice_question, consultation, role=_ROLE))
        return reply_of(await self._runnable.ainvoke(_input_for(self._runnable, consultation, prompt)))


class FunctionExpert:
    """Asks a function of a ``Consultation``, async or not; the latter runs in a thread."""

    name = "function"

    def __init__(self, function: Callable[[Consultation], object]) -> None:
        self._function = function

    async def advise(self, consultation: Consultation) -> ExpertReply:
        """Return what the function says, in any form that a Runnable may answer in."""
        reply, error = await answer_or_error(self._ask(consultation))
        return reply or ExpertReply(advice=Advice(), error=error)

    async def _ask(self, consultation: Consultation) -> ExpertReply:
        answer = await asyncio.to_thread(self._function, consultation)
        return reply_of(await answer if inspect.isawaitable(answer) else answer)


def reply_of(answer: object) -> ExpertReply:
    """Read what a user's own expert answered.

    Raises:
        UnreadableAnswerError: it is nothing that advice can be.
    """
    match answer:
        case ExpertReply():
            return answer
        case Advice():
            return ExpertReply(advice=_recordable(answer))
        case str():
            return ExpertReply(advice=_advice_in(answer))
        case AIMessage():
            return ExpertReply(advice=_advice_in(answer.text), usage=usage_of(answer))
        case BaseMessage():
            return ExpertReply(advice=_advice_in(answer.text))
        case BaseModel():
            return ExpertReply(advice=_recordable(advice_of(answer.model_dump(mode="json"))))
        case Mapping():
            return _reply_of_state(answer)
    raise UnreadableAnswerError(f"expected advice, a text, a message or a dictionary, found {type(answer).__name__}")


def _reply_of_state(state: Mapping[str, Any]) -> ExpertReply:
    usage = _usage_in(state.get("messages"))
    for key in _STATE_KEYS:
        part = state.get(key)
        if part:
            reply = reply_of(part[-1] if key == "messages" else part)
            return reply.model_copy(update={"usage": usage or reply.usage})
    return ExpertReply(advice=_recordable(advice_of(state)), usage=usage or Usage())


def _usage_in(messages: Any) -> Usage | None:
    turns = [message for message in messages or () if isinstance(message, AIMessage)]
    return sum((usage_of(turn) for turn in turns), start=Usage()) if turns else None


def _advice_in(text: str) -> Advice:
    """Read advice; a text that is no JSON object is its notes."""
    said = spoken(text)
    try:
        return read_advice(said)
    except UnreadableAnswerError:
        return _recordable(Advice(notes=shorten(said, NOTES_LIMIT_CHARACTERS)))


def _recordable(advice: Advice) -> Advice:
    if flaw := flaw_in(advice.model_dump(mode="json")):
        raise UnreadableAnswerError(f"the advice cannot be recorded: {flaw}")
    return advice


def _input_for(runnable: Runnable[Any, Any], consultation: Consultation, prompt: str) -> Any:
    given = {
        **consultation.model_dump(mode="json"),
        "prompt": prompt,
        "messages": [HumanMessage(prompt)],
    }
    if isinstance(runnable, CompiledStateGraph):
        return _input_for_graph(runnable, given)
    return prompt if _takes_text(runnable) else given


def _input_for_graph(graph: CompiledStateGraph[Any, Any, Any, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: given[key] for key in _shared_keys(graph)}


def _shared_keys(graph: CompiledStateGraph[Any, Any, Any, Any]) -> list[str]:
    """Name what a graph takes of what an expert is given.

    Raises:
        UsageError: it takes none of it.
    """
    # Not its JSON schema, which cannot be made of a plain TypedDict before Python 3.12.
    keys = graph.builder.schemas[graph.builder.input_schema]
    shared = [key for key in (*Consultation.model_fields, "prompt", "messages") if key in keys]
    if not shared:
        raise UsageError(
            f"expert: expected a graph whose input has `messages` or a field of a consultation such as `transcript`, "
            f"found {', '.join(keys) or 'none'}: add one"
        )
    return shared


def _takes_text(runnable: Runnable[Any, Any]) -> bool:
    try:
        kind = runnable.InputType
    except TypeError:
        return False  # it does not say what it takes
    return kind is str or (get_origin(kind) in (Union, UnionType) and str in get_args(kind))
