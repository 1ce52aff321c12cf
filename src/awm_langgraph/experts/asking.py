"""The one way to ask an expert: bounded, checked, sent back once, marked, and never with the verifier's source."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from langchain_core.runnables import RunnableConfig, RunnableLambda
from langgraph.constants import TAG_NOSTREAM

from awm_langgraph.episode import Advice, Usage
from awm_langgraph.experts.ask_expert import EXPERT_NAME
from awm_langgraph.experts.checking import complaints_about
from awm_langgraph.experts.consultation import Consultation, Expert, ExpertReply, ToolSchema, is_within
from awm_langgraph.experts.leaks import leaked_literals
from awm_langgraph.experts.quoting import quoting_parts, telling_pieces, without_quotes
from awm_langgraph.models.interview import answer_or_error
from awm_langgraph.models.untraced import untraced
from awm_langgraph.models.writing import one_line_json


async def consult(
    expert: Expert,
    consultation: Consultation,
    catalogue: Sequence[ToolSchema],
    *,
    verifier_code: str = "",
    seen: str = "",
    timeout_seconds: float = 600.0,
) -> ExpertReply:
    """Ask an expert and return what may be shown of its answer; a failure is a reply with ``error``.

    A plan that does not fit the tools, or advice that quotes the verifier, is sent back once with the complaints; the
    better of the two answers counts. What still does not fit stays, named in ``complaints``; a quotation that is still
    there is taken out and named in ``leaks``, beside the literals that only the verifier could have supplied. The
    expert runs as a traced run of its own, which is not streamed as if the agent spoke; one that is shown the
    verifier's code is not traced at all.

    Args:
        expert: whom to ask.
        consultation: what it may know; its tier decides.
        catalogue: the agent's tools as they are now. A plan is checked against them whatever the expert may know.
        verifier_code: the code that checks the task, for the checks of the answer alone; the expert is not shown it.
        seen: what the agent could see beside instruction, question, transcript and tools: its messages, for instance.
        timeout_seconds: longest time that the whole consultation may take.

    Raises:
        UsageError: the expert cannot be asked as it is configured.
        GraphBubbleUp: LangGraph's control flow, an interrupt for a person among it. The answer to an interrupt is
            checked there; a pydantic ``ValidationError`` for one that does not fit passes too.
    """
    started = time.perf_counter()
    deadline = asyncio.get_running_loop().time() + timeout_seconds
    code = verifier_code or consultation.verifier_code
    inspection = await asyncio.to_thread(_inspection, consultation, catalogue, code, seen)
    reply = await _ask(expert, consultation, deadline, timeout_seconds)
    if not reply.error and (complaints := inspection.complaints_for_expert(reply.advice)):
        sent_back = consultation.model_copy(update={"rejected": reply.advice, "complaints": complaints})
        again = await _ask(expert, sent_back, deadline, timeout_seconds)
        reply = inspection.better(reply, again).model_copy(update={"usage": reply.usage + again.usage})
    if not reply.error:
        reply = await asyncio.to_thread(inspection.marked, reply)
    return reply.model_copy(update={"latency_seconds": time.perf_counter() - started})


@dataclass(frozen=True)
class _Inspection:
    """What an answer is held against."""

    catalogue: tuple[ToolSchema, ...]
    is_catalogue_secret: bool
    criteria: tuple[str, ...]
    code: str
    code_pieces: tuple[str, ...]
    visible_text: str

    def complaints_for_expert(self, advice: Advice) -> tuple[str, ...]:
        quoting = quoting_parts(advice, self.code_pieces)
        return (
            *complaints_about(advice.plan, self.catalogue, is_catalogue_secret=self.is_catalogue_secret),
            *(f'"{part}" quotes the program that checks the task: say it in your own words' for part in quoting),
        )

    def better(self, first: ExpertReply, second: ExpertReply) -> ExpertReply:
        """Choose; an answer that did not come, or is worse than the one before it, is none."""
        is_worse = len(self.complaints_for_expert(second.advice)) > len(self.complaints_for_expert(first.advice))
        return first if second.error or is_worse else second

    def marked(self, reply: ExpertReply) -> ExpertReply:
        quoting = quoting_parts(reply.advice, self.code_pieces)
        advice = without_quotes(reply.advice, self.code_pieces) if quoting else reply.advice
        literals = leaked_literals(
            advice,
            verifier_code=self.code,
            criteria=self.criteria,
            visible_text=f"{self.visible_text}\n{reply.sources}",
        )
        return reply.model_copy(
            update={
                "advice": advice,
                "complaints": complaints_about(advice.plan, self.catalogue),
                "leaks": (*(f"(code in {part}, left out)" for part in quoting), *literals),
            }
        )


def _inspection(consultation: Consultation, catalogue: Sequence[ToolSchema], code: str, seen: str) -> _Inspection:
    tools = one_line_json([tool.model_dump(mode="json") for tool in catalogue])
    visible = (consultation.instruction, consultation.question, consultation.transcript, tools, seen)
    visible_text = "\n".join(visible)
    return _Inspection(
        catalogue=tuple(catalogue),
        is_catalogue_secret=not is_within("schema", consultation.tier),
        criteria=consultation.criteria,
        code=code,
        code_pieces=telling_pieces(code, public_text=visible_text),
        visible_text=visible_text,
    )


async def _ask(expert: Expert, consultation: Consultation, deadline: float, timeout_seconds: float) -> ExpertReply:
    """Ask once. What an answer that never came has cost is not known."""
    config = RunnableConfig(
        run_name=EXPERT_NAME,
        tags=[TAG_NOSTREAM],
        metadata={"expert": expert.name, "tier": consultation.tier, "trigger": consultation.trigger},
    )
    try:
        with untraced() if consultation.verifier_code else nullcontext():
            async with asyncio.timeout_at(deadline):
                asking = RunnableLambda(expert.advise).ainvoke(consultation, config)
                reply, error = await answer_or_error(asking)
    except TimeoutError:
        reply, error = None, f"the expert gave no answer within {timeout_seconds:g} s"
    if reply is None:
        return ExpertReply(advice=Advice(), usage=Usage(cost_usd=None), error=error)
    if not reply.error and reply.advice == Advice():
        return reply.model_copy(update={"error": "the expert said nothing"})
    return reply
