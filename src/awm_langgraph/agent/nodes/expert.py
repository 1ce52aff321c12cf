"""A consultation: collect what the expert may know, ask it, record what it said, show it to the agent."""

from __future__ import annotations

import time
from collections.abc import Sequence

from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage

from awm_langgraph.agent.advisers import adviser_of, criteria_of, known_tier
from awm_langgraph.agent.deciding import hold_back, note
from awm_langgraph.agent.history import history_of_state
from awm_langgraph.agent.routing import last_turn, open_questions
from awm_langgraph.agent.scene import Scene, Update
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.agent.surroundings import task_of
from awm_langgraph.environment import schema_of
from awm_langgraph.episode import ConsultationRecord, Decision, ToolOutcome
from awm_langgraph.errors import EpisodeError
from awm_langgraph.experts import (
    ASK_EXPERT,
    EXPERT_NAME,
    Consultation,
    ToolSchema,
    answer_text,
    consult,
    is_within,
    record_of,
    render_transcript,
    seconds_left,
)
from awm_langgraph.models.prices import priced
from awm_langgraph.prompts import load

_LONGEST_SECONDS = 600.0
_ASKED = Decision(step=0, trigger="agent", reaction="route", reason="somebody sent the episode here")
"""Stands in where the expert is not reached by a decision, as after a change of the state by hand."""


async def expert(state: EpisodeState, scene: Scene) -> Update:
    """Hold a consultation, or tell an agent that asked why there is none."""
    began = time.monotonic()
    noted = note(state, scene)
    made = noted.decision or _ASKED
    if made.reaction == "refuse":
        text = load("consultation_refused").render(reason=made.reason)
        return {**noted.update, "messages": _messages(state, text, made, scene, is_refused=True)}
    try:
        record = await _consult(state, made, scene)
    except EpisodeError as error:
        return {**noted.update, "stop_reason": "environment_error", "error": str(error)}
    text = answer_text(record, remaining=scene.context.max_consultations - record.number)
    scene.announce("consultation", **record.model_dump(mode="json"), text=text)
    return {
        **noted.update,
        "messages": _messages(state, text, made, scene, is_refused=bool(record.error)),
        "consultations": [record.model_dump(mode="json")],
        "usage": {"expert": record.usage.model_dump(mode="json")},
        "active_seconds": time.monotonic() - began,
    }


async def _consult(state: EpisodeState, made: Decision, scene: Scene) -> ConsultationRecord:
    context = scene.context
    catalogue = await _tool_schemas(state, scene)
    adviser = await adviser_of(state, scene)
    code = await scene.surroundings.verifier_code(state)
    criteria = await criteria_of(state, code, scene)
    calls = [ToolOutcome.model_validate(call) for call in state["calls"]]
    number = len(state["consultations"]) + 1
    tier = known_tier(context.expert_tier, criteria, code)
    consultation = Consultation(
        number=number,
        trigger=made.trigger,
        reason=made.reason,
        question=_question(state["messages"]),
        step=state["steps"],
        instruction=task_of(state).instruction,
        tier=tier,
        tools=catalogue if is_within("schema", tier) else (),
        transcript=render_transcript(calls),
        criteria=criteria.items,
        verifier_code=code if tier == "verifier" else "",
        remaining=context.max_consultations - number,
    )
    left = _seconds_left(state, scene)
    reply = await consult(
        adviser,
        consultation,
        catalogue,
        verifier_code=code,
        # what an expert said before is no source that the agent had of its own
        seen="\n".join(message.text for message in state["messages"] if message.name not in (EXPERT_NAME, ASK_EXPERT)),
        timeout_seconds=min(left, _LONGEST_SECONDS),
    )
    record = record_of(
        consultation,
        reply,
        expert=adviser.name,
        after_calls=sum(bool(call.name) and not call.is_lookup for call in calls),
    )
    usage = record.usage + criteria.usage
    if "expert" in context.roles and scene.surroundings.expert is None:
        usage = priced(usage, scene.surroundings.choice("expert", context))
    return record.model_copy(
        update={
            "usage": usage,
            "latency_seconds": record.latency_seconds + criteria.latency_seconds,
            "criteria_error": criteria.error,
        }
    )


def _seconds_left(state: EpisodeState, scene: Scene) -> float:
    if not state["consultations"]:
        limit = scene.context.max_expert_seconds
    else:
        history = history_of_state(state, scene.context.tool_interface, is_final=False)
        limit = seconds_left(history, scene.context.policy)
    return _LONGEST_SECONDS if limit is None else limit


async def _tool_schemas(state: EpisodeState, scene: Scene) -> tuple[ToolSchema, ...]:
    async with scene.surroundings.lend(state, state["snapshot"]) as environment:
        return tuple(
            ToolSchema(name=tool.name, description=tool.description, input_schema=schema_of(tool))
            for tool in environment.tools
        )


def _question(messages: Sequence[AnyMessage]) -> str:
    if not any(message.type == "ai" for message in messages):
        return ""
    return " ".join(str(call["args"].get("question", "")) for call in open_questions(messages))


def _messages(state: EpisodeState, text: str, made: Decision, scene: Scene, *, is_refused: bool) -> list[AnyMessage]:
    """Answer the agent's open questions, or speak up unasked; a call that cannot be undone waits meanwhile."""
    messages = state["messages"]
    held: list[AnyMessage] = []
    if made.trigger == "irreversible":
        held = hold_back(last_turn(messages), scene.context.tool_interface, made.reason)
    questions = open_questions(messages) if any(message.type == "ai" for message in messages) else []
    status = "error" if is_refused else "success"
    if questions:
        answers = [ToolMessage(text, name=ASK_EXPERT, tool_call_id=call["id"], status=status) for call in questions]
        return [*held, *answers]
    return [*held, HumanMessage(text, name=EXPERT_NAME)]
