"""What a checkpoint's state says of its episode, as the values that are recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, messages_to_dict

from awm_langgraph.agent import EpisodeState, trajectory_of
from awm_langgraph.agent.routing import is_final_answer
from awm_langgraph.episode import ConsultationRecord, Decision, Reward, ToolOutcome, Trajectory, Usage, Verdict
from awm_langgraph.models.calls import usage_of
from awm_langgraph.rollout.records import Progress, StepRecord

State = Mapping[str, Any]


def progress_in(state: State, recorded: Sequence[StepRecord]) -> Progress:
    """Read how far an episode has come; ``recorded`` are the steps that were written as they happened.

    A recorded step that the state does not know was not checkpointed and will be made again. One that the state knows
    and nobody recorded (the program was killed between the two) is put together from its message.
    """
    known = {step.number: step for step in recorded}
    return Progress(
        steps=tuple(known.get(step.number, step) for step in _steps_in(state)),
        calls=tuple(ToolOutcome.model_validate(call) for call in state.get("calls", ())),
        consultations=tuple(ConsultationRecord.model_validate(one) for one in state.get("consultations", ())),
        decisions=tuple(Decision.model_validate(one) for one in state.get("decisions", ())),
        usage={role: Usage.model_validate(usage) for role, usage in state.get("usage", {}).items()},
    )


def trajectory_in(state: EpisodeState) -> Trajectory:
    """Read a finished episode."""
    verdict = Verdict.model_validate(state["verdict"])
    stopped = state["stop_reason"] or "final_answer"
    trajectory = trajectory_of(state, verdict, stopped, now=state["finished_at"])
    return trajectory.model_copy(update={"reward": Reward.model_validate(state["reward"])})


def _steps_in(state: State) -> list[StepRecord]:
    turns = [
        message
        for message in state.get("messages", ())
        if isinstance(message, AIMessage) and not is_final_answer(message)
    ]
    # a turn that was turned back is a message and no step: the steps are numbered by the state
    return [
        StepRecord(number=number, message=messages_to_dict([message])[0], usage=usage_of(message))
        for number, message in enumerate(turns[: state.get("steps", 0)], start=1)
    ]
