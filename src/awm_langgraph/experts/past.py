"""Earlier attempts at tasks, read from what a run left behind."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any, Self

from pydantic import Field

from awm_langgraph.episode import Outcome, Task, Tier, ToolOutcome, Trajectory, Value
from awm_langgraph.errors import UsageError
from awm_langgraph.experts.consultation import is_within

MOST_ATTEMPTS = 2000
"""Episodes that are read of one run, by the order of their names."""
_LARGEST_FILE_BYTES = 64 * 2**20
_LARGEST_LOG_BYTES = 16 * 2**20


class Attempt(Value):
    """One episode of an earlier run. ``tier`` is the highest of those who helped in it, the lowest where nobody did.

    ``evidence`` is what the verifier said beside its verdict.
    """

    episode_id: str
    task: Task
    calls: tuple[ToolOutcome, ...] = ()
    outcome: Outcome
    evidence: dict[str, Any] = Field(default_factory=dict)
    final_answer: str = ""
    tier: Tier = "transcript"


class Past(Value):
    """Attempts, and logs of attempts in plain text; ``source`` is where they were read."""

    source: str
    attempts: tuple[Attempt, ...] = ()
    log: str = ""

    @classmethod
    def of(cls, several: Iterable[Past]) -> Self:
        """Put what was read in several places together."""
        pasts = tuple(several)
        return cls(
            source=", ".join(past.source for past in pasts) or "nothing at all",
            attempts=tuple(attempt for past in pasts for attempt in past.attempts),
            log="\n\n".join(past.log for past in pasts if past.log),
        )

    def within(self, tier: Tier) -> Past:
        """Leave out the attempts that were helped by somebody who knew more than a tier allows."""
        kept = tuple(attempt for attempt in self.attempts if is_within(attempt.tier, tier))
        return self.model_copy(update={"attempts": kept})

    def about(self, instruction: str, tier: Tier) -> Past:
        """Choose the attempts at one task that an expert of a tier may know; a log is kept whole.

        Raises:
            UsageError: there are none.
        """
        words = instruction.split()
        same = tuple(attempt for attempt in self.attempts if attempt.task.instruction.split() == words)
        chosen = self.model_copy(update={"attempts": same}).within(tier)
        if chosen.attempts or self.log:
            return chosen
        if not same:
            raise UsageError(
                f"expected an earlier attempt at this task in {self.source}, found {len(self.attempts)} of other "
                "tasks: give a run that contains it, or choose another kind of expert"
            )
        raise UsageError(
            f"expected an attempt at this task in {self.source} without help from beyond the tier {tier!r}, found "
            f"only such of the tier {same[0].tier!r}: give a run without an expert, or choose that tier"
        )


def read_past(path: Path) -> Past:
    """Read a run's folder, an episode's folder, a ``trajectory.json``, or a log in plain text.

    A run's damaged or unfinished episodes are passed over. At most 2000 episodes of a run are read, and of a log its
    first 16 MiB.

    Raises:
        UsageError: nothing of the kind is there, or it is empty or damaged.
    """
    if path.is_dir():
        return _read_folder(path)
    if not path.is_file():
        raise UsageError(
            f"expected a run's folder, a trajectory.json or a log at {path}, found nothing: correct the path"
        )
    if path.suffix == ".json":
        attempt = _read_attempt(path)
        if attempt is None:
            raise UsageError(f"expected a trajectory in {path}, found something else: give another file")
        return Past(source=str(path), attempts=(attempt,))
    return _read_log(path)


def _read_folder(folder: Path) -> Past:
    single = folder / "trajectory.json"
    if single.is_file():
        return read_past(single)
    files = islice(sorted((folder / "episodes").glob("*/trajectory.json")), MOST_ATTEMPTS)
    attempts = tuple(attempt for file in files if (attempt := _read_attempt(file)))
    if not attempts:
        raise UsageError(f"expected finished episodes in {folder}, found none: give the folder of a finished run")
    return Past(source=str(folder), attempts=attempts)


def _read_attempt(file: Path) -> Attempt | None:
    try:
        if file.stat().st_size > _LARGEST_FILE_BYTES:
            return None
        # Not pydantic's own JSON reader, which refuses the half surrogate pairs that a model can write.
        record = json.loads(file.read_text(encoding="utf-8"))
        trajectory = Trajectory.model_validate({**record, "messages": ()})
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    return Attempt(
        episode_id=trajectory.episode_id,
        task=trajectory.task,
        calls=trajectory.calls,
        outcome=trajectory.verdict.outcome,
        evidence=trajectory.verdict.evidence,
        final_answer=trajectory.final_answer,
        tier=_highest(record.tier for record in trajectory.consultations if not record.error),
    )


def _highest(tiers: Iterable[Tier]) -> Tier:
    highest: Tier = "transcript"
    for tier in tiers:
        highest = highest if is_within(tier, highest) else tier
    return highest


def _read_log(path: Path) -> Past:
    with path.open("rb") as file:
        text = file.read(_LARGEST_LOG_BYTES).decode("utf-8", "replace").strip()
    if not text or "\0" in text:
        found = "none" if not text else "other bytes"
        raise UsageError(f"expected text in the log {path}, found {found}: give another file")
    return Past(source=str(path), log=text)
