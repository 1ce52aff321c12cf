"""A run: a folder, its store, its checkpoints, its environments and the graph, opened and closed together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from awm_langgraph.agent import (
    EpisodeContext,
    EpisodeGraph,
    EpisodeInput,
    EpisodeState,
    create_awm_graph,
    provenance_of,
    trajectory_of,
)
from awm_langgraph.environment import EnvironmentPool, use_pool
from awm_langgraph.episode import (
    ConsultationRecord,
    Provenance,
    Reward,
    SeedProblem,
    Task,
    ToolOutcome,
    Trajectory,
    Usage,
    Verdict,
)
from awm_langgraph.rollout.folders import RunFolder
from awm_langgraph.rollout.records import RunRecord, StepRecord
from awm_langgraph.rollout.store import RunStore

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

Event = Mapping[str, Any]
Listener = Callable[[Event], None]


@dataclass(frozen=True)
class Run:
    """An open run. Episodes may be run one after another or concurrently."""

    folder: RunFolder
    store: RunStore
    pool: EnvironmentPool
    graph: EpisodeGraph
    context: EpisodeContext
    provenance: Provenance

    @property
    def run_id(self) -> str:
        """The run's name, which is its folder's."""
        return self.folder.run_id

    async def episode(self, request: EpisodeInput, on_event: Listener | None = None) -> Trajectory:
        """Run one episode, writing it down as it happens.

        Raises:
            UsageError: the request names no task that exists, or a model that cannot be had.
        """
        episode_id = request.get("episode_id") or uuid4().hex
        config: RunnableConfig = {"configurable": {"thread_id": episode_id}, "run_name": "episode"}
        writer = EpisodeWriter(self.store, self.provenance)
        try:
            async for event in self.graph.astream(
                EpisodeInput(**{**request, "episode_id": episode_id}),
                config,
                context=self.context,
                stream_mode="custom",
                durability="async",
            ):
                await writer.write(event)
                if on_event:
                    on_event(event)
        finally:
            await asyncio.shield(self.pool.release(episode_id))
        state: EpisodeState = (await self.graph.aget_state(config)).values  # type: ignore[assignment] # LangGraph types it as a plain dict
        trajectory = await asyncio.to_thread(_finished, state, self.context)
        await self.folder.episode(episode_id).save_trajectory(trajectory)
        await self.store.finish_episode(trajectory)
        return trajectory


@asynccontextmanager
async def open_run(
    root: Path, context: EpisodeContext, *, catalog: str, strict_seed: bool = False
) -> AsyncIterator[Run]:
    """Make a new run under a folder and open everything it needs.

    Raises:
        UsageError: the folder cannot be written or the catalog not be opened.
    """
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    provenance = await asyncio.to_thread(provenance_of, catalog, context)
    folder = await asyncio.to_thread(RunFolder.create, root)
    record = RunRecord(run_id=folder.run_id, created_at=datetime.now(UTC), provenance=provenance)
    pool = EnvironmentPool(folder.episodes, strict_seed=strict_seed)
    async with (
        await RunStore.create(folder.store, record) as store,
        AsyncSqliteSaver.from_conn_string(str(folder.checkpoints)) as checkpointer,
    ):
        graph = create_awm_graph(checkpointer=checkpointer)
        try:
            with use_pool(pool):
                yield Run(folder, store, pool, graph, context, provenance)
        finally:
            await asyncio.shield(pool.close())


class EpisodeWriter:
    """Writes one episode's events into the run store, each as it comes."""

    def __init__(self, store: RunStore, provenance: Provenance) -> None:
        self._store = store
        self._provenance = provenance
        self._episode_id = ""

    async def write(self, event: Event) -> None:
        """Write an event; a verdict is written with the trajectory, when the episode is finished."""
        content = {name: value for name, value in event.items() if name != "type"}
        match event["type"]:
            case "start" | "reset":
                await self._start(content)
            case "turn" if not content["is_final"]:
                await self._store.record_step(self._episode_id, _step_of(content))
            case "call":
                await self._store.record_call(self._episode_id, ToolOutcome.model_validate(content))
            case "consultation":
                del content["text"]
                await self._store.record_consultation(self._episode_id, ConsultationRecord.model_validate(content))

    async def _start(self, content: Mapping[str, Any]) -> None:
        self._episode_id = content["episode_id"]
        await self._store.start_episode(
            self._episode_id,
            Task.model_validate(content["task"]),
            self._provenance,
            seed_problems=[SeedProblem.model_validate(problem) for problem in content.get("seed_problems", ())],
        )


def _step_of(content: Mapping[str, Any]) -> StepRecord:
    return StepRecord(
        number=content["step"],
        message=content["message"],
        usage=Usage.model_validate(content["usage"]),
        latency_seconds=content["latency_seconds"],
    )


def _finished(state: EpisodeState, context: EpisodeContext) -> Trajectory:
    verdict = Verdict.model_validate(state["verdict"])
    stopped = state["stop_reason"] or "final_answer"
    trajectory = trajectory_of(state, context, verdict, stopped, now=state["finished_at"])
    return trajectory.model_copy(update={"reward": Reward.model_validate(state["reward"])})
