"""Verdicts that a judge has a part in: sql mode, and both modes side by side.

Code mode runs its verifier on (initial, initial) each time, as a control. To ask a judge about that as well would
double its price, so the control of a judged episode takes no question of its own:

- Where the task has a code-mode verifier, that one runs on (initial, initial). If it passes, the task is done before
  anybody begins, whoever grades it: the outcome is ``void`` and the judge is not asked. So both modes leave out the
  same tasks.
- The sql-mode verifier runs on (initial, initial). The judge is told which findings are the same there, and the
  judgement keeps whether any is not.
- An agent that changed nothing and answered nothing is itself the control. A judge who calls that complete is
  overruled: it is ``incomplete`` where the code-mode control says so, else ``void``, since this judge would pass
  anybody. So nobody completes a task that asks for an answer by giving none.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from awm_langgraph.catalog.scenario import VerifierSource
from awm_langgraph.episode import Judgement, Outcome, Verdict
from awm_langgraph.sandbox import SandboxLevel, admit, probe
from awm_langgraph.verifier.judge import Case, Judge
from awm_langgraph.verifier.run import TIMEOUT_SECONDS, VerifierRun, run_verifier
from awm_langgraph.verifier.verdict import verify


@dataclass(frozen=True, slots=True)
class Sources:
    """A task's verifiers, None where it has none in that mode."""

    code: VerifierSource | None
    sql: VerifierSource | None


@dataclass(frozen=True, slots=True)
class Bench:
    """Two databases, and how verifiers are run on them.

    Args:
        initial: The SQLite database before the episode.
        final: The database after it.
        level: How a verifier's process is confined.
        is_ours: Whether the verifiers are this project's own code, which may run where nothing can be confined.
        timeout_seconds: How long each run may take.
    """

    initial: Path
    final: Path
    level: SandboxLevel = "strict"
    is_ours: bool = False
    timeout_seconds: float = TIMEOUT_SECONDS

    async def evidence(self, source: VerifierSource, final_answer: str) -> tuple[VerifierRun, VerifierRun]:
        """Run a sql-mode verifier on both databases, and as its control on the initial one alone, without an answer."""
        return await asyncio.gather(self._run(source, self.final, final_answer), self._run(source, self.initial))

    async def control(self, source: VerifierSource | None) -> str:
        """Say what a code-mode verifier makes of an agent that does nothing: its word, or what failed."""
        if source is None:
            return ""
        run = await self._run(source, self.initial)
        return run.result or f"{run.status}: {run.error}"

    async def _run(self, source: VerifierSource, after: Path, final_answer: str = "") -> VerifierRun:
        level = admit(self.level, probe(), is_ours=self.is_ours, what="a verifier").level
        return await run_verifier(
            source, self.initial, after, final_answer, level=level, timeout_seconds=self.timeout_seconds
        )


async def verify_sql(sources: Sources, bench: Bench, case: Case, judge: Judge) -> Verdict:
    """Let a judge decide whether a task was done, from the sql-mode verifier's evidence and the episode.

    A verifier that fails leaves nothing to judge by: that is a ``judge_error``, as is a judge without a judgement.

    Raises:
        UntrustedCodeError: This machine cannot confine the verifiers as the level demands.
        UsageError: The judge cannot be asked as it is configured.
    """
    if sources.sql is None:
        return Verdict(outcome="no_verifier", mode="sql")
    began = time.monotonic()
    control = await bench.control(sources.code)
    if control == "complete":
        return Verdict(outcome="void", mode="sql", control=control, latency_seconds=time.monotonic() - began)
    judgement = await _judgement(sources.sql, bench, case, judge)
    return Verdict(
        outcome=_outcome(judgement, case, control),
        mode="sql",
        result=judgement.classification or "",
        control=control,
        error=judgement.error,
        latency_seconds=time.monotonic() - began,
        judgement=judgement,
    )


async def verify_both(sources: Sources, bench: Bench, case: Case, judge: Judge) -> Verdict:
    """Let the code-mode verifier decide, ask a judge as well, and say where they disagree.

    Whatever becomes of the judge is in the judgement and takes nothing from the verdict.

    Raises:
        UntrustedCodeError: This machine cannot confine the verifiers as the level demands.
        UsageError: The judge cannot be asked as it is configured.
    """
    began = time.monotonic()
    verdict = await verify(
        sources.code,
        bench.initial,
        bench.final,
        case.final_answer,
        level=bench.level,
        is_ours=bench.is_ours,
        timeout_seconds=bench.timeout_seconds,
    )
    judgement = None
    if sources.sql and verdict.outcome != "void":
        judgement = await _judgement(sources.sql, bench, case, judge)
    return verdict.model_copy(
        update={
            "mode": "both",
            "judgement": judgement,
            "disagreement": _disagreement(verdict.outcome, judgement),
            "latency_seconds": time.monotonic() - began,
        }
    )


async def _judgement(source: VerifierSource, bench: Bench, case: Case, judge: Judge) -> Judgement:
    run, control = await bench.evidence(source, case.final_answer)
    if run.status != "success":
        return Judgement(model=judge.model_name, error=f"there is no evidence: {run.status}: {run.error}")
    untouched = control.evidence if control.status == "success" else None
    return await judge.judge(case, source.guidance, run.evidence, untouched)


def _outcome(judgement: Judgement, case: Case, control: str) -> Outcome:
    if judgement.classification is None:
        return "judge_error"
    if judgement.classification == "complete" and case.shows_nothing:
        return "incomplete" if control == "others" else "void"
    return judgement.classification


def _disagreement(by_code: Outcome, judgement: Judgement | None) -> str:
    """Compare where both have decided: all that is not complete is one decision, for which a judge names reasons."""
    judged = judgement.classification if judgement else None
    if judged is None or by_code not in ("complete", "incomplete"):
        return ""
    return f"code: {by_code}, judge: {judged}" if (by_code == "complete") != (judged == "complete") else ""
