"""What a scripted model sees when it is asked, and the turns it can answer with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from awm_langgraph.episode import Call, Solution
from awm_langgraph.models.scripted.script import Script

ASK_EXPERT = "ask_expert"
_ADVISOR = "expert"


@dataclass(frozen=True)
class Attempt:
    """One environment call that was answered, and the index of the message that answered it."""

    call: Call
    succeeded: bool
    position: int


@dataclass(frozen=True)
class Situation:
    """A script, the conversation so far, and the bound tools' argument schemas by name."""

    script: Script
    messages: Sequence[BaseMessage]
    tools: Mapping[str, Mapping[str, Any]]

    @property
    def solution(self) -> Solution:
        """Return the reference solution; a model without one is never built."""
        return self.script.solution or Solution(calls=())

    @property
    def has_asked_expert(self) -> bool:
        """Tell whether the agent has asked for help before, answered or not."""
        return any(call.tool == ASK_EXPERT for _, call in self._calls())

    def attempts(self) -> list[Attempt]:
        """List the environment calls that were answered, in the order of their answers."""
        asked = {call_id: call for call_id, call in self._calls() if call.tool != ASK_EXPERT}
        return [
            Attempt(asked[message.tool_call_id], message.status != "error", position)
            for position, message in enumerate(self.messages)
            if isinstance(message, ToolMessage) and message.tool_call_id in asked
        ]

    def latest_advice(self) -> tuple[int, str] | None:
        """Return the latest advice's message index and text, however it was given."""
        for position in reversed(range(len(self.messages))):
            if _is_advice(self.messages[position]):
                return position, str(self.messages[position].text)
        return None

    def call(self, tool: str, arguments: Mapping[str, Any]) -> AIMessage:
        """Answer with one call, whose id follows from its place in the conversation."""
        call_id = f"scripted_{len(self.messages)}"
        return AIMessage("", tool_calls=[{"name": tool, "args": dict(arguments), "id": call_id, "type": "tool_call"}])

    def _calls(self) -> Iterator[tuple[str, Call]]:
        for message in self.messages:
            if isinstance(message, AIMessage):
                for made in message.tool_calls:
                    yield made["id"] or "", Call(tool=made["name"], arguments=made["args"])


def _is_advice(message: BaseMessage) -> bool:
    if isinstance(message, ToolMessage):
        return message.name == ASK_EXPERT and message.status != "error"
    return isinstance(message, HumanMessage) and message.name == _ADVISOR


def count_successes(attempts: Sequence[Attempt]) -> int:
    """Count the calls that succeeded: for a model that only walks down a list, its place on the list."""
    return sum(attempt.succeeded for attempt in attempts)


def count_latest_failures(attempts: Sequence[Attempt]) -> int:
    """Count the calls that failed since the last one that succeeded."""
    failures = 0
    for attempt in reversed(attempts):
        if attempt.succeeded:
            break
        failures += 1
    return failures
