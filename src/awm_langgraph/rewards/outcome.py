"""How an episode ended, from what the verifier found and why the episode stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from awm_langgraph.episode import Outcome, StopReason, ToolOutcome

_NOT_DONE: frozenset[Outcome] = frozenset({"incomplete", "server_error", "agent_error"})
_FAILED_STOPS: Mapping[StopReason, Outcome] = MappingProxyType(
    {
        "model_error": "model_error",
        "content_filter": "content_filter",
        "environment_error": "environment_error",
        "timeout": "timeout",
    }
)


def outcome_of(found: Outcome, stop_reason: StopReason, calls: Sequence[ToolOutcome]) -> Outcome:
    """Refine what the verifier found into the episode's outcome; doing so twice changes nothing.

    Only a task that was not done leaves open why. ``complete`` wins, however the episode stopped: the database says
    that the task is done. ``void`` and ``judge_error`` are no facts about the agent, and stay. ``no_verifier`` says
    nothing at all, and gives way to a failure of the infrastructure.

    - An episode that a model, a filter, the environment or the clock ended is that infrastructure's outcome.
    - One whose last call was no valid call, so that the agent never recovered from it, is a ``format_error``
      (tool_not_found, invalid_args and invalid_action in the outcome table of OpenEnv pull request #428).

    Both are told by structure and so go before a judge's ``agent_error``, which would leave the second unscored. A
    judge's ``server_error`` gives way to the first alone.

    Args:
        found: the verifier's outcome.
        stop_reason: why the agent's turns ended.
        calls: every call of the episode, in order.
    """
    if found == "no_verifier":
        return _FAILED_STOPS.get(stop_reason, found)
    if found not in _NOT_DONE:
        return found
    if stop_reason in _FAILED_STOPS:
        return _FAILED_STOPS[stop_reason]
    is_format_error = found != "server_error" and calls and calls[-1].is_format_error
    return "format_error" if is_format_error else found
