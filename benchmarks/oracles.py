"""Full-size proof: a catalog's reference solutions, through the pool and the verifier, against what is expected.

``python -m benchmarks.oracles FOLDER`` takes an AWM folder with an ``oracle.jsonl`` beside its files. Of
``--scenarios`` random scenarios it runs ``--tasks`` random tasks each: reset, the reference calls, verify. A task must
end complete, one that ``oracle.jsonl`` marks as trivial must end void, and every tool that ``synth_meta.jsonl`` marks
as broken, in any scenario, must answer 5xx. Lists what came out otherwise, and exits with 1 then.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.progress import Progress

from awm_langgraph.catalog import Catalog
from awm_langgraph.environment import EnvironmentPool
from awm_langgraph.errors import EpisodeError
from awm_langgraph.verifier import verify

_AT_ONCE = 8


@dataclass
class Tally:
    """What came out, and what should not have."""

    outcomes: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    seed_problems: int = 0
    surprises: list[str] = field(default_factory=list)


class Proof:
    """One catalog, one pool, one tally."""

    def __init__(self, folder: Path, catalog: Catalog, pool: EnvironmentPool) -> None:
        self._catalog = catalog
        self._pool = pool
        self._trivial = {
            (row["scenario"], row["task_idx"]) for row in _rows(folder / "oracle.jsonl") if row.get("trivial")
        }
        self.broken = [
            (row["scenario"], tool) for row in _rows(folder / "synth_meta.jsonl") for tool in row["broken_ops"]
        ]
        self.tally = Tally()

    async def task(self, name: str, task_idx: int) -> None:
        """Run one reference solution and compare its verdict with what is expected."""
        try:
            await self._task(name, task_idx)
        except EpisodeError as error:
            self.tally.outcomes["environment_error"] += 1
            self.tally.surprises.append(f"{name}/{task_idx}: {error}")

    async def _task(self, name: str, task_idx: int) -> None:
        solution = self._catalog.solution(name, task_idx)
        assert solution is not None
        episode_id = f"{name}-{task_idx}"
        async with self._pool.acquire(episode_id, self._catalog.scenario(name), None) as environment:
            initial = environment.snapshot
            self.tally.seed_problems += len(environment.seed_problems)
            for call in solution.calls:
                outcome = await environment.call(call.tool, call.arguments)
                self.tally.calls[outcome.kind] += 1
                if outcome.is_error:
                    self.tally.surprises.append(f"{name}/{task_idx}: {call.tool}: {outcome.kind}: {outcome.text[:120]}")
            final = environment.snapshot
        before = await self._pool.export(episode_id, initial, "initial.db")
        after = await self._pool.export(episode_id, final, "final.db")
        verdict = await verify(self._catalog.verifier(name, task_idx), before, after, solution.final_answer)
        await self._pool.release(episode_id)
        expected = "void" if (name, task_idx) in self._trivial else "complete"
        self.tally.outcomes[verdict.outcome] += 1
        if verdict.outcome != expected:
            self.tally.surprises.append(
                f"{name}/{task_idx}: expected {expected}, found {verdict.outcome} {verdict.error}"
            )

    async def broken_tool(self, name: str, tool: str) -> None:
        """Call a tool that is marked as broken."""
        episode_id = f"{name}-broken-{tool}"
        try:
            async with self._pool.acquire(episode_id, self._catalog.scenario(name), None) as environment:
                outcome = await environment.call(tool, {})
        except EpisodeError as error:
            self.tally.surprises.append(f"{name}: {error}")
            return
        await self._pool.release(episode_id)
        self.tally.calls[f"broken: {outcome.kind}"] += 1
        if outcome.kind != "server_error":
            self.tally.surprises.append(f"{name}: {tool} is marked as broken, found {outcome.kind}")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if path.is_file():
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


async def prove(folder: Path, scenarios: int, tasks: int, seed: int, episodes: Path) -> Tally:
    """Run the proof with a progress bar."""
    began = time.perf_counter()
    catalog = Catalog.open(folder)
    print(f"opened {len(catalog.names())} scenarios in {time.perf_counter() - began:.3f} s")
    chooser = random.Random(seed)
    chosen = chooser.sample(catalog.names(), min(scenarios, len(catalog.names())))
    pool = EnvironmentPool(episodes)
    proof = Proof(folder, catalog, pool)
    gate = asyncio.Semaphore(_AT_ONCE)
    with Progress() as progress:
        bar = progress.add_task("episodes", total=None)

        async def gated(work: Any) -> None:
            async with gate:
                await work
            progress.advance(bar)

        work = [proof.broken_tool(name, tool) for name, tool in proof.broken]
        for name in chosen:
            count = catalog.summary(name).tasks
            work += [proof.task(name, task_idx) for task_idx in chooser.sample(range(count), min(tasks, count))]
        progress.update(bar, total=len(work))
        try:
            await asyncio.gather(*(gated(one) for one in work))
        finally:
            await pool.close()
    return proof.tally


def main() -> None:
    """Read the command line, run the proof, print the tally."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scenarios", type=int, default=100)
    parser.add_argument("--tasks", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="awm-oracles-") as episodes:
        tally = asyncio.run(prove(options.folder, options.scenarios, options.tasks, options.seed, Path(episodes)))
    seconds = time.perf_counter() - began
    count = sum(tally.outcomes.values())
    print(f"{count} episodes in {seconds:.1f} s ({count / seconds:.1f} per second)")
    print(f"outcomes: {dict(tally.outcomes)}; calls: {dict(tally.calls)}; seed problems: {tally.seed_problems}")
    for surprise in tally.surprises:
        print(f"not as expected: {surprise}")
    sys.exit(1 if tally.surprises else 0)


if __name__ == "__main__":
    main()
