"""Evaluators: plain functions that LangSmith's ``aevaluate`` takes, and that work as well without it.

Each takes an episode's ``outputs``, a trajectory in JSON form as `target` gives it, and some the example's
``reference_outputs``. Each answers with a key and a score or a value, and a comment that says why; with `NOTHING` where
there is nothing to say: an episode that failed for a reason outside the agent is not scored.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from inspect import signature
from typing import Any

from awm_langgraph.episode import SCORED_OUTCOMES, Trajectory

Json = dict[str, Any]
Evaluator = Callable[..., Json]
NOTHING: Json = {"results": []}

_log = logging.getLogger(__name__)


def completed(outputs: Json) -> Json:
    """Tell whether the task was done, by the verifier."""
    episode = _episode(outputs)
    outcome = episode.verdict.outcome
    if outcome not in SCORED_OUTCOMES:
        return NOTHING
    return {"key": "completed", "score": float(outcome == "complete"), "comment": outcome}


def reward(outputs: Json) -> Json:
    """Give the environment's reward."""
    given = _episode(outputs).reward
    return NOTHING if given is None or given.environment is None else {"key": "reward", "score": given.environment}


def shaped_reward(outputs: Json) -> Json:
    """Give the reward with what the use of help added to it and took from it."""
    given = _episode(outputs).reward
    if given is None or given.shaped is None:
        return NOTHING
    comment = ", ".join(f"{name} {part:g}" for name, part in given.parts.items())
    return {"key": "shaped_reward", "score": given.shaped, "comment": comment}


def steps(outputs: Json) -> Json:
    """Count the agent's turns that called tools."""
    return {"key": "steps", "score": _episode(outputs).steps}


def format_errors(outputs: Json) -> Json:
    """Count the calls that were none."""
    wrong = [call.kind for call in _episode(outputs).calls if call.is_format_error]
    return {"key": "format_errors", "score": len(wrong), "comment": ", ".join(wrong)}


def consultation_pattern(outputs: Json) -> Json:
    """Say how help was used: solo, recovery, blind, advised or unhelped."""
    episode = _episode(outputs)
    if episode.reward is None:
        return NOTHING
    triggers = ", ".join(record.trigger for record in episode.consultations)
    return {"key": "consultation_pattern", "value": episode.reward.pattern, "comment": triggers}


def trajectory_match(outputs: Json, reference_outputs: Json) -> Json:
    """Tell whether the reference solution's calls are all among those that succeeded, with exactly its arguments."""
    expected = (reference_outputs or {}).get("calls")
    if not expected:
        return NOTHING
    match = _matcher()
    if match is None:
        return NOTHING
    made = [{"name": one.name, "arguments": one.arguments} for one in _episode(outputs).calls if not one.is_error]
    found = match(outputs=_as_messages(made), reference_outputs=_as_messages(expected))
    return {"key": "trajectory_match", "score": float(found["score"]), "comment": f"{len(expected)} calls expected"}


def judge_agreement(outputs: Json) -> Json:
    """Tell whether a judge, where one was asked beside the code, decided as the code did."""
    verdict = _episode(outputs).verdict
    if verdict.mode != "both" or verdict.judgement is None or verdict.judgement.classification is None:
        return NOTHING
    return {"key": "judge_agreement", "score": float(not verdict.disagreement), "comment": verdict.disagreement}


EVALUATORS: tuple[Evaluator, ...] = (
    completed,
    reward,
    shaped_reward,
    steps,
    format_errors,
    consultation_pattern,
    trajectory_match,
    judge_agreement,
)


def results_of(evaluator: Evaluator, outputs: Json, reference_outputs: Json) -> list[Json]:
    """Ask one evaluator without LangSmith; what it does not take, it is not given."""
    given = {"outputs": outputs, "reference_outputs": reference_outputs}
    answer = evaluator(**{name: given[name] for name in signature(evaluator).parameters})
    results: list[Json] = answer.get("results", [answer])
    return results


def _episode(outputs: Mapping[str, Any]) -> Trajectory:
    return Trajectory.model_validate(dict(outputs))


def _as_messages(made: Sequence[Json]) -> list[Json]:
    """Write calls as the messages that agentevals compares."""
    calls = [
        {"function": {"name": one["name"], "arguments": json.dumps(one["arguments"], sort_keys=True)}} for one in made
    ]
    return [{"role": "assistant", "content": "", "tool_calls": calls}]


@cache
def _matcher() -> Callable[..., Any] | None:
    """Get agentevals' evaluator; None, and a word about it, where it is not installed: no episode is lost for that."""
    try:
        from agentevals.trajectory.match import create_trajectory_match_evaluator
    except ImportError:
        _log.warning("trajectory_match is left out, it needs agentevals: pip install 'awm-langgraph[evals]'")
        return None
    return create_trajectory_match_evaluator(trajectory_match_mode="superset")
