"""What an agent did, read from its messages, and the marks on them that tell how a call ended."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any, cast

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from awm_langgraph.episode import Call, CallKind, ConsultationRecord, Decision, ToolOutcome
from awm_langgraph.experts.ask_expert import ASK_EXPERT
from awm_langgraph.experts.triggers import History, Turn
from awm_langgraph.models.turn import spoken
from awm_langgraph.prompts import load

# Keys in a tool message's ``additional_kwargs``; no provider is sent them.
_KIND = "call_kind"
_HELD_CALL = "held_call"

_CONFIDENCE = re.compile(
    r"^[ \t*_#>-]*confidence[ \t*_]*[:=][ \t*_]*(\d{1,3}(?:\.\d{1,6})?|\.\d{1,6})[ \t]*(%?)[ \t*_.]*$",
    re.IGNORECASE | re.MULTILINE,
)
_SILENT_BLOCKS = frozenset({"text", "reasoning", "thinking", "redacted_thinking"})
"""Types of content blocks that say nothing to the user beyond the turn's text."""


def with_kind(answer: ToolMessage, kind: CallKind) -> ToolMessage:
    """Note on a tool's error how the call failed, where that is known best: where it was made."""
    return answer.model_copy(update={"additional_kwargs": {**answer.additional_kwargs, _KIND: kind}})


def held_back(call: Call, *, call_id: str, reason: str) -> ToolMessage:
    """Answer a call that is not made for now; ``held_calls`` and ``history_of`` know it by a mark, not by its words."""
    return ToolMessage(
        load("held_back").render(reason=reason),
        name=call.tool,
        tool_call_id=call_id,
        status="error",
        additional_kwargs={_HELD_CALL: call.model_dump(mode="json", include={"tool", "arguments"})},
    )


def held_calls(messages: Sequence[BaseMessage]) -> tuple[Call, ...]:
    """List the calls that were held back since the last call was made, the latest first."""
    answers = (message for message in reversed(messages) if isinstance(message, ToolMessage))
    since = takewhile(lambda answer: answer.name == ASK_EXPERT or _is_held(answer), answers)
    return tuple(Call.model_validate(answer.additional_kwargs[_HELD_CALL]) for answer in since if _is_held(answer))


def turn_of(message: AIMessage, *, is_final: bool, calls: Sequence[Call] | None = None) -> Turn:
    """Read what a decision needs from a turn; ``calls`` are those it means, where it writes them in another way."""
    meant = [Call(tool=call["name"], arguments=call["args"]) for call in message.tool_calls] if calls is None else calls
    own = tuple(call for call in meant if call.tool != ASK_EXPERT)
    return Turn(
        calls=own,
        has_calls=bool(own or message.invalid_tool_calls),
        is_final=is_final,
        confidence=_confidence(message),
    )


def is_step(turn: AIMessage) -> bool:
    """Tell whether a turn calls something or tries to, or says nothing at all: any other is an answer."""
    return bool(turn.tool_calls or turn.invalid_tool_calls) or is_empty(turn)


def is_empty(turn: AIMessage) -> bool:
    """Tell whether a turn neither calls nor says anything; thoughts alone say nothing."""
    blocks = turn.content if isinstance(turn.content, list) else []
    has_more = any(isinstance(block, dict) and block.get("type") not in _SILENT_BLOCKS for block in blocks)
    return not (turn.tool_calls or turn.invalid_tool_calls or has_more or spoken(turn.text))


def history_of(
    messages: Sequence[BaseMessage],
    *,
    steps: int | None = None,
    began_at: int = 0,
    consultations: Sequence[ConsultationRecord] = (),
    decisions: Sequence[Decision] = (),
) -> History:
    """Tell how every call in a conversation ended; calls still open and calls held back are left out.

    Steps are numbered so that the latest is ``steps``, however much of the beginning was cut off; without it, from 1.
    An error that nobody put a kind to is ``rejected``: something between the agent and the tool refused the call. A
    message that is not the agent's or a tool's counts as a word to the agent.
    """
    seen = sum(isinstance(message, AIMessage) and is_step(message) for message in messages)
    step = before = 0 if steps is None else steps - seen
    calls: list[ToolOutcome] = []
    spoken_at: list[int] = []
    for place, message in enumerate(messages, start=1):
        if isinstance(message, AIMessage) and is_step(message):
            step += 1
            calls += _calls_of(message, _answers_to_turn(messages[place:]), step)
        elif isinstance(message, HumanMessage):
            spoken_at.append(step)
    return History(
        steps=before + seen,
        calls=tuple(calls),
        consultations=tuple(consultations),
        decisions=tuple(decisions),
        turn=_latest_turn(messages),
        held=held_calls(messages),
        spoken_at=tuple(spoken_at),
        began_at=began_at,
    )


def _latest_turn(messages: Sequence[BaseMessage]) -> Turn:
    latest = next((message for message in reversed(messages) if isinstance(message, AIMessage)), None)
    return turn_of(latest, is_final=not is_step(latest)) if latest else Turn()


def _answers_to_turn(later: Sequence[BaseMessage]) -> dict[str, ToolMessage]:
    """Find a turn's answers before the next turn: some servers give the calls of every turn the same ids."""
    since = takewhile(lambda message: not isinstance(message, AIMessage), later)
    return {message.tool_call_id: message for message in since if isinstance(message, ToolMessage)}


def _calls_of(turn: AIMessage, answers: Mapping[str, ToolMessage], step: int) -> Iterator[ToolOutcome]:
    for call in turn.tool_calls:
        answer = answers.get(call["id"] or "")
        if answer is not None and call["name"] != ASK_EXPERT and not _is_held(answer):
            yield ToolOutcome(
                name=call["name"],
                arguments=call["args"],
                kind=_kind_of(answer),
                text=answer.text,
                step=step,
                call_id=answer.tool_call_id,
            )
    for broken in turn.invalid_tool_calls:
        text = f"unreadable arguments: {broken['args']}"
        yield _malformed(broken["name"] or "", text, step, broken["id"] or "")
    if is_empty(turn):
        yield _malformed("", "an empty turn", step)


def _malformed(name: str, text: str, step: int, call_id: str = "") -> ToolOutcome:
    return ToolOutcome(name=name, arguments={}, kind="invalid_action", text=text, step=step, call_id=call_id)


def _is_held(answer: ToolMessage) -> bool:
    return _HELD_CALL in answer.additional_kwargs


def _kind_of(answer: ToolMessage) -> CallKind:
    if answer.status != "error":
        return "ok"
    return cast(CallKind, answer.additional_kwargs.get(_KIND, "rejected"))


def without_confidence(text: str) -> str:
    """Leave out the lines that say how sure the agent is: they are no part of an answer."""
    return _CONFIDENCE.sub("", text).strip()


def _confidence(turn: AIMessage) -> float | None:
    """Read how sure the agent says it is; what cannot be read in one way only is left unread."""
    noted: Any = turn.additional_kwargs.get("confidence")
    if isinstance(noted, int | float) and not isinstance(noted, bool):
        value = float(noted)
    elif lines := _CONFIDENCE.findall(spoken(turn.text)):
        number, percent = lines[-1]
        value = float(number) / 100 if percent else float(number)
    else:
        return None
    return value if 0 <= value <= 1 else None
