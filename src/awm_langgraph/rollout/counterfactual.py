"""Continue episodes from right before each consultation, with the advice that was given and without it.

The advice is not asked for again: what the expert said is put back word for word. Without it, a question of the agent's
own is answered that the expert is not available, a turn that was held up takes its course (its calls are made, its
answer is the final one), and otherwise nobody says anything. After that the agent is alone in both arms, so that this
one advice is all they differ in; and both arms of a pair have the same seed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from langchain_core.messages import ToolMessage

from awm_langgraph.agent import EpisodeContext, episode_context, provenance_of
from awm_langgraph.agent.routing import last_turn, open_questions
from awm_langgraph.episode import ConsultationRecord, Provenance, Trigger
from awm_langgraph.errors import UsageError
from awm_langgraph.experts import ASK_EXPERT
from awm_langgraph.prompts import load
from awm_langgraph.rollout.forking import Branch, ConsultationBranch, before_consultation, lineage_of
from awm_langgraph.rollout.pacing import for_each
from awm_langgraph.rollout.records import Arm, EpisodeRecord, EpisodeRow, Origin
from awm_langgraph.rollout.run import Run, settle
from awm_langgraph.rollout.worth import Worth, worth_of

ARMS: tuple[Arm, ...] = get_args(Arm)
Progress = Callable[[int, int], None]
"""Hears how many continuations are finished, and of how many."""

_HOLDING_UP: frozenset[Trigger] = frozenset({"irreversible", "finish"})
"""These bring the expert between a turn and what would have come of it; the others wait until a step is made."""


@dataclass(frozen=True)
class _Question:
    """A consultation whose worth is asked for."""

    parent: EpisodeRecord
    record: ConsultationRecord
    branch: ConsultationBranch

    def origin(self, arm: Arm, repeat: int) -> Origin:
        """Name one continuation, so that it is found again when the work is taken up later."""
        return Origin(
            episode_id=self.parent.episode_id,
            step=self.record.step,
            consultation=self.record.number,
            arm=arm,
            repeat=repeat,
        )

    def beginning(self, origin: Origin) -> tuple[Branch, Mapping[str, Any]]:
        """Say where a continuation begins, and what is added to the state there."""
        before = self.branch.before
        if origin.arm == "with":
            return before, self.branch.added
        if self.record.trigger in _HOLDING_UP:
            return replace(before, maker="agent"), _unasked(before.values)
        return before, _silence(before.values)


async def weigh_advice(
    run: Run, episode_ids: Iterable[str], *, repeats: int, concurrency: int, on_progress: Progress
) -> list[Worth]:
    """Tell what every consultation of these episodes was worth; continuations that are finished are not made again.

    Consultations at which the expert had no answer are passed over, and so are those from before a fork began.

    Args:
        run: the run that the episodes belong to and that the continuations are kept in.
        episode_ids: which of its episodes.
        repeats: continuations per arm; their seeds count up from the episode's own.
        concurrency: continuations at the same time.
        on_progress: hears of every finished one.

    Raises:
        UsageError: an episode is not there, or none of them has a consultation to weigh.
    """
    questions = [one for episode_id in episode_ids for one in await _questions_in(run, episode_id)]
    if not questions:
        raise UsageError("expected a consultation to weigh, found none: choose episodes in which the expert answered")
    origins = {one.origin(arm, n): one for one in questions for arm in ARMS for n in range(repeats)}
    begun = {row.forked_from: row for row in await run.store.episodes() if row.forked_from in origins}
    finished = sum(row.is_finished for row in begun.values())
    on_progress(finished, len(origins))

    async def work(origin: Origin) -> None:
        nonlocal finished
        await _continue(run, origins[origin], origin, begun.get(origin))
        finished += 1
        on_progress(finished, len(origins))

    await for_each([origin for origin in origins if not _is_finished(begun.get(origin))], work, concurrency)
    rows = {row.forked_from: row for row in await run.store.episodes()}
    return [
        worth_of(one.parent, one.record, {arm: [rows[one.origin(arm, n)] for n in range(repeats)] for arm in ARMS})
        for one in questions
    ]


async def _questions_in(run: Run, episode_id: str) -> list[_Question]:
    parent = await run.store.episode(episode_id)
    line = await lineage_of(run.graph, episode_id)
    answered = [record for record in parent.consultations if not record.error]
    branches = [(record, before_consultation(line, record.number)) for record in answered]
    return [_Question(parent, record, branch) for record, branch in branches if branch is not None]


async def _continue(run: Run, question: _Question, origin: Origin, begun: EpisodeRow | None) -> None:
    """Make one continuation, or go on with it."""
    if begun is not None:
        await run.resume(begun.episode_id)
        return
    context = _alone(question.parent, origin)
    branch, added = question.beginning(origin)
    fork = await run.branch_off(
        question.parent,
        branch,
        origin,
        context,
        provenance=await asyncio.to_thread(_provenance, question.parent, context, origin),
        added=added,
    )
    await run.resume(fork.episode_id)


def _alone(parent: EpisodeRecord, origin: Origin) -> EpisodeContext:
    """Make the context in which nobody helps any more."""
    given = episode_context(**parent.context)
    changes = {"expert_kind": "none", "seed": given.seed + (origin.repeat or 0)}
    return settle(episode_context(**given.model_dump() | changes))


def _provenance(parent: EpisodeRecord, context: EpisodeContext, origin: Origin) -> Provenance:
    """Say what a continuation was made with: also the expert, whose words may be in it."""
    now, before = provenance_of(parent.task.catalog, context), parent.provenance
    return now.model_copy(
        update={
            "models": before.models | now.models,
            "prompts": before.prompts | now.prompts,
            "condition": f"{origin.arm} advice {origin.consultation}",
        }
    )


def _silence(state: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the agent's open questions with nobody's words: a model must not be left with a call unanswered."""
    text = load("expert_unavailable").render()
    questions: Sequence[dict[str, Any]] = open_questions(state["messages"]) if state["steps"] else ()
    answers = [ToolMessage(text, name=ASK_EXPERT, tool_call_id=call["id"], status="error") for call in questions]
    return {"messages": answers} if answers else {}


def _unasked(state: Mapping[str, Any]) -> dict[str, Any]:
    """Take the questions out of a turn whose calls are to be made: nobody is there to leave them to."""
    questions = {call["id"] for call in open_questions(state["messages"])}
    turn = last_turn(state["messages"])
    if not questions:
        return {}
    content = turn.content
    if isinstance(content, list):
        # some services keep the calls here too
        content = [
            part for part in content if isinstance(part, str) or not questions & {part.get("id"), part.get("call_id")}
        ]
    calls = [call for call in turn.tool_calls if call["id"] not in questions]
    return {"messages": [turn.model_copy(update={"content": content, "tool_calls": calls})]}


def _is_finished(row: EpisodeRow | None) -> bool:
    return row is not None and row.is_finished
