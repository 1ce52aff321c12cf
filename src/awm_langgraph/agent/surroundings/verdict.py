"""A verdict on an episode that has databases: the task's code, a judge, or both."""

from __future__ import annotations

from dataclasses import dataclass

from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.agent.surroundings.protocol import task_of
from awm_langgraph.episode import ToolOutcome, Verdict, VerdictMode
from awm_langgraph.experts import render_transcript
from awm_langgraph.verifier import Bench, Case, Judge, Sources, verify, verify_both, verify_sql


@dataclass(frozen=True)
class Evidence:
    """The verifiers of a task and the databases they are to look at."""

    sources: Sources
    bench: Bench


async def verdict_on(state: EpisodeState, evidence: Evidence, judge: Judge | None, mode: VerdictMode) -> Verdict:
    """Verify an episode; without a judge the code decides alone."""
    sources, bench = evidence.sources, evidence.bench
    if judge is None:
        answer = state.get("final_answer", "")
        return await verify(sources.code, bench.initial, bench.final, answer, level=bench.level, is_ours=bench.is_ours)
    verify_judged = verify_sql if mode == "sql" else verify_both
    return await verify_judged(sources, bench, _case(state), judge)


def _case(state: EpisodeState) -> Case:
    calls = [ToolOutcome.model_validate(call) for call in state["calls"]]
    return Case(
        instruction=task_of(state).instruction,
        transcript=render_transcript(calls),
        final_answer=state.get("final_answer", ""),
        is_untouched=state["snapshot"] == state["initial_snapshot"],
    )
