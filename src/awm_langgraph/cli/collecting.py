"""Remove from runs the snapshots that nothing can go back to, and tell what that gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from awm_langgraph.cli.terminal import Waiting, notices, notify
from awm_langgraph.cli.text import counted, sized
from awm_langgraph.environment.snapshots import Collected
from awm_langgraph.errors import AwmError
from awm_langgraph.rollout.collection import collect_run
from awm_langgraph.rollout.folders import RunFolder


@dataclass(frozen=True)
class Collection:
    """What was removed, by the runs' ids."""

    by_run: dict[str, Collected]

    @property
    def total(self) -> Collected:
        """All of it together."""
        return sum(self.by_run.values(), Collected())

    def document(self) -> dict[str, Any]:
        """Give it in JSON types."""
        runs = [
            {"run_id": run_id, "snapshots": one.files, "freed_bytes": one.freed_bytes}
            for run_id, one in self.by_run.items()
        ]
        return {"runs": runs, "snapshots": self.total.files, "freed_bytes": self.total.freed_bytes}

    def sentence(self) -> str:
        """Say it in a sentence."""
        touched = sum(one.files > 0 for one in self.by_run.values())
        if not touched:
            return "nothing to remove: a checkpoint names every snapshot, or it is of the last hour"
        removed = f"{counted(self.total.files, 'snapshot')} of {counted(touched, 'run')}"
        return f"{sized(self.total.freed_bytes)} freed: {removed}"


async def collect(folders: Sequence[RunFolder]) -> Collection:
    """Collect run by run, telling of a run that cannot be collected unless it is the only one.

    Raises:
        AwmError: it is the only one.
    """
    by_run = {}
    with Waiting(notices(), "collecting") as shown:
        for number, folder in enumerate(folders, start=1):
            shown.say(f"collecting run {number} of {len(folders)}, {folder.run_id}")
            try:
                by_run[folder.run_id] = await collect_run(folder)
            except AwmError as error:
                if len(folders) == 1:
                    raise
                notify([f"{folder.run_id} is left out: {error}"])
    return Collection(by_run)
