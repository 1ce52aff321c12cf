"""What the agent did so far, from the records in the state, as decisions count it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage

from awm_langgraph.agent.interfaces import PREFIX, EnvironmentCall, InterfaceName, Request, interface_named
from awm_langgraph.episode import Call, ConsultationRecord, Decision, ToolOutcome
from awm_langgraph.experts import History, held_calls, turn_of


def history_of_state(state: Mapping[str, Any], interface: InterfaceName, *, is_final: bool) -> History:
    """Gather the records; ``is_final``: the latest turn is a final answer that nobody has answered."""
    messages: Sequence[AnyMessage] = state["messages"]
    turn = next(message for message in reversed(messages) if isinstance(message, AIMessage))
    return History(
        steps=state.get("steps", 0),
        calls=tuple(ToolOutcome.model_validate(call) for call in state.get("calls", ())),
        consultations=tuple(ConsultationRecord.model_validate(one) for one in state.get("consultations", ())),
        decisions=tuple(Decision.model_validate(one) for one in state.get("decisions", ())),
        turn=turn_of(turn, is_final=is_final, calls=meant_calls(turn, interface)),
        held=held_calls(messages),
    )


def meant_calls(turn: AIMessage, interface: InterfaceName) -> list[Call]:
    """List the environment's calls that a turn asks for, in whatever form it does."""
    requests = interface_named(interface).requests(turn, ())
    return [meant_call(one, interface) for one in requests if isinstance(one, EnvironmentCall)]


def meant_call(request: Request, interface: InterfaceName) -> Call:
    """Name a call as the environment does; where the catalogue is not at hand, the protocol's prefix is still on it."""
    name = request.name if interface == "native" else request.name.removeprefix(PREFIX)
    return Call(tool=name, arguments=request.arguments)
