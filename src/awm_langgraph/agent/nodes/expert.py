"""A consultation: collect what the expert may know, ask it, record what it said, show it to the agent."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage
from langgraph.runtime import Runtime

from awm_langgraph.agent.context import EpisodeContext, context_of
from awm_langgraph.agent.events import announce
from awm_langgraph.agent.routing import escalation, open_questions
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.agent.surroundings import (
    CRITERIA,
    choice_of,
    lend_environment,
    model_of,
    read_verifier,
    task_of,
)
from awm_langgraph.environment import schema_of
from awm_langgraph.episode import ConsultationRecord, ToolOutcome
from awm_langgraph.errors import EpisodeError
from awm_langgraph.experts import (
    ASK_EXPERT,
    EXPERT_NAME,
    Consultation,
    Criteria,
    CriteriaExtractor,
    DynamicExpert,
    Escalation,
    ToolSchema,
    answer_text,
    record_of,
    render_transcript,
)
from awm_langgraph.prompts import load


async def expert(state: EpisodeState, runtime: Runtime[EpisodeContext]) -> dict[str, Any]:
    """Hold a consultation; beyond the budget, only say that it is spent."""
    began = time.monotonic()
    context = context_of(runtime)
    why = escalation(state, context)
    if why is None or len(state["consultations"]) >= context.max_consultations:
        spent = load("consultations_spent").render(max_consultations=context.max_consultations)
        return {"messages": _messages(state, spent, is_refused=True)}
    try:
        record = await _consult(state, context, why)
    except EpisodeError as error:
        return {"stop_reason": "environment_error", "error": str(error)}
    text = answer_text(record, remaining=context.max_consultations - record.number)
    announce(runtime, "consultation", **record.model_dump(mode="json"), text=text)
    return {
        "messages": _messages(state, text, is_refused=bool(record.error)),
        "consultations": [record.model_dump(mode="json")],
        "usage": {"expert": record.usage.model_dump(mode="json")},
        "active_seconds": time.monotonic() - began,
    }


async def _consult(state: EpisodeState, context: EpisodeContext, why: Escalation) -> ConsultationRecord:
    adviser = DynamicExpert(
        await model_of("expert", state, context),
        choice_of("expert", context).model,
        timeout_seconds=context.model_timeout_seconds,
    )
    criteria = await _criteria(state, context)
    number = len(state["consultations"]) + 1
    calls = [ToolOutcome.model_validate(call) for call in state["calls"]]
    consultation = Consultation(
        number=number,
        trigger=why.trigger,
        reason=why.reason,
        question=" ".join(str(call["args"].get("question", "")) for call in open_questions(state["messages"])),
        step=state["steps"],
        instruction=task_of(state).instruction,
        tools=await _tool_schemas(state),
        transcript=render_transcript(calls),
        criteria=criteria.items,
        remaining=context.max_consultations - number,
    )
    reply = await adviser.advise(consultation)
    record = record_of(consultation, reply, expert=adviser.name, after_calls=len(calls))
    return record.model_copy(
        update={
            "usage": record.usage + criteria.usage,
            "latency_seconds": record.latency_seconds + criteria.latency_seconds,
            "criteria_error": criteria.error,
        }
    )


async def _criteria(state: EpisodeState, context: EpisodeContext) -> Criteria:
    task = task_of(state)
    source = await asyncio.to_thread(read_verifier, task)
    if source is None:
        return Criteria()
    failed = [record["criteria_error"] for record in state["consultations"] if record["criteria_error"]]
    if failed:
        # it failed in this episode already: the agent is not kept waiting for it again
        return Criteria(error=failed[0])
    extractor = CriteriaExtractor(
        await model_of("expert", state, context),
        choice_of("expert", context).model,
        CRITERIA,
        timeout_seconds=context.model_timeout_seconds,
    )
    return await extractor.extract(task.instruction, source.code)


async def _tool_schemas(state: EpisodeState) -> tuple[ToolSchema, ...]:
    async with await lend_environment(state, state["snapshot"]) as environment:
        return tuple(
            ToolSchema(name=tool.name, description=tool.description, input_schema=schema_of(tool))
            for tool in environment.tools
        )


def _messages(state: EpisodeState, text: str, *, is_refused: bool) -> list[AnyMessage]:
    """Answer the agent's open questions, or speak up unasked."""
    questions = open_questions(state["messages"])
    status = "error" if is_refused else "success"
    if questions:
        return [ToolMessage(text, name=ASK_EXPERT, tool_call_id=call["id"], status=status) for call in questions]
    return [HumanMessage(text, name=EXPERT_NAME)]
