"""Questions and answers as messages of a conversation that LangChain keeps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
)

from awm_langgraph.episode import Call
from awm_langgraph.experts import ASK_EXPERT, EXPERT_NAME, HINT_NAME, held_back, with_kind
from awm_langgraph.prompts import load

_OPEN_QUESTION = "open_question"
"""Key in a tool message's ``additional_kwargs`` that holds a question until it is answered."""


def last_turn(messages: Sequence[BaseMessage]) -> AIMessage | None:
    """Find the agent's latest turn."""
    return next((message for message in reversed(messages) if isinstance(message, AIMessage)), None)


def asks_expert(turn: AIMessage) -> bool:
    """Tell whether a turn puts a question to the expert."""
    return any(call["name"] == ASK_EXPERT for call in turn.tool_calls)


def held(messages: Sequence[BaseMessage], reason: str) -> list[AnyMessage]:
    """Answer the latest turn's calls without making them; a question among them is put aside."""
    later = list(takewhile(lambda message: not isinstance(message, AIMessage), reversed(messages)))
    answered = {message.tool_call_id for message in later if isinstance(message, ToolMessage)}
    turn = last_turn(messages)
    waiting = [call for call in turn.tool_calls if call["id"] not in answered] if turn else []
    return [put_aside(call) if call["name"] == ASK_EXPERT else _held_back(call, reason) for call in waiting]


def unreadable(turn: AIMessage) -> list[AnyMessage]:
    """Answer the calls that nobody can read: many a server refuses a conversation with unanswered calls."""
    return [
        with_kind(
            ToolMessage(
                load("unreadable_call").render(tool=call["name"] or "(none)", arguments=call["args"] or ""),
                name=call["name"] or "",
                tool_call_id=call["id"] or "",
                status="error",
            ),
            "invalid_action",
        )
        for call in turn.invalid_tool_calls
    ]


def put_aside(call: ToolCall) -> ToolMessage:
    """Hold a question's place: a call without any answer would make the whole conversation unreadable for a model."""
    question = {_OPEN_QUESTION: str(call["args"].get("question", ""))}
    text = "The expert has the question."
    return ToolMessage(text, name=ASK_EXPERT, tool_call_id=call["id"], additional_kwargs=question)


def open_questions(messages: Sequence[BaseMessage]) -> list[ToolMessage]:
    """List the places held for the questions of the agent's latest turn."""
    since = takewhile(lambda message: not isinstance(message, AIMessage), reversed(messages))
    held = (message for message in since if isinstance(message, ToolMessage))
    return [message for message in held if _OPEN_QUESTION in message.additional_kwargs][::-1]


def question_text(questions: Sequence[ToolMessage]) -> str:
    """Put open questions in one text."""
    return " ".join(question.additional_kwargs[_OPEN_QUESTION] for question in questions)


def answers(questions: Sequence[ToolMessage], text: str, *, is_refused: bool = False) -> list[AnyMessage]:
    """Answer open questions in their places, or speak up unasked where there is none."""
    if not questions:
        return [HumanMessage(text, name=EXPERT_NAME)]
    answer: dict[str, Any] = {
        "content": text,
        "status": "error" if is_refused else "success",
        "additional_kwargs": {},
    }
    return [question.model_copy(update=answer) for question in questions]


def said_by_user(messages: Sequence[BaseMessage]) -> str:
    """Gather what the user asked for, in the user's words."""
    ours = (EXPERT_NAME, HINT_NAME)
    said = (message for message in messages if isinstance(message, HumanMessage) and message.name not in ours)
    return "\n\n".join(message.text for message in said)


def extended(system: SystemMessage | None, part: str) -> SystemMessage:
    """Add a part to an agent's own system prompt; a plain text stays one, as some servers take nothing else."""
    if system is None:
        return SystemMessage(part)
    content = system.content
    added = f"{content}\n\n{part}" if isinstance(content, str) else [*content, {"type": "text", "text": part}]
    return system.model_copy(update={"content": added})


def _held_back(call: ToolCall, reason: str) -> ToolMessage:
    return held_back(Call(tool=call["name"], arguments=call["args"]), call_id=call["id"] or "", reason=reason)
