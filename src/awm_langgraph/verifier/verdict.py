"""From runs to a verdict: the verifier beside its control."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from awm_langgraph.catalog.scenario import VerifierSource
from awm_langgraph.episode import Outcome, Verdict
from awm_langgraph.errors import UsageError
from awm_langgraph.sandbox import SandboxLevel, admit, probe
from awm_langgraph.verifier.controls import Controls
from awm_langgraph.verifier.run import TIMEOUT_SECONDS, VerifierRun, run_verifier

_controls = Controls()


async def verify(
    source: VerifierSource | None,
    initial: Path,
    final: Path,
    final_answer: str,
    *,
    level: SandboxLevel = "strict",
    is_ours: bool = False,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Verdict:
    """Decide whether a task was done, from the databases before and after it.

    The same verifier runs on (initial, initial) with an empty answer, as its control: an agent that does nothing leaves
    that behind. A task whose control passes tells nothing about an agent, so its outcome is ``void``. A control that
    breaks takes nothing from the verdict; it is recorded. One that does not is good for the same verifier and the same
    database for some minutes.

    Args:
        source: The task's verifier in code mode; None where the task has none.
        initial: The SQLite database before the episode.
        final: The database after it.
        final_answer: What the agent answered, empty if nothing.
        level: How the verifier's process is confined.
        is_ours: Whether the verifier is this project's own code, which may run where nothing can be confined.
        timeout_seconds: How long each of the two runs may take.

    Raises:
        UntrustedCodeError: This machine cannot confine the code as the level demands.
        UsageError: The verifier is one in sql mode, which answers evidence for a judge and not a verdict.
    """
    if source is None:
        return Verdict(outcome="no_verifier")
    if source.mode != "code":
        raise UsageError(f"Expected a verifier in code mode, found one in {source.mode} mode, which needs a judge.")
    admission = admit(level, probe(), is_ours=is_ours, what="a verifier")
    began = time.monotonic()

    async def on(after: Path, answer: str) -> VerifierRun:
        return await run_verifier(
            source, initial, after, answer, level=admission.level, timeout_seconds=timeout_seconds
        )

    run, control = await asyncio.gather(
        on(final, final_answer), _controls.run(source, initial, admission.level, lambda: on(initial, ""))
    )
    return Verdict(
        outcome=_outcome(run, control),
        result=run.result,
        control=control.result or f"{control.status}: {control.error}",
        evidence=run.evidence,
        error=f"{run.status}: {run.error}" if run.error else "",
        latency_seconds=time.monotonic() - began,
    )


def _outcome(run: VerifierRun, control: VerifierRun) -> Outcome:
    if run.status != "success":
        return "judge_error"
    if control.result == "complete":
        return "void"
    return "complete" if run.result == "complete" else "incomplete"
