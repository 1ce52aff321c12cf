"""What LangGraph's server takes from us: an application that keeps the environment pool, and where checkpoints are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from awm_langgraph.environment import EnvironmentPool, keep_own_pool
from awm_langgraph.rollout.checkpoints import opened_checkpoints
from awm_langgraph.serving.checkpoints import ServedCheckpoints
from awm_langgraph.settings import current_settings
from awm_langgraph.version import __version__

POOL_PATH = "/awm/pool"


@asynccontextmanager
async def checkpoints() -> AsyncIterator[ServedCheckpoints]:
    """Keep checkpoints in ``runs_dir/.shared``, from where an interrupt can be answered however the server ended.

    The in-memory server's own file is written every ten seconds, and loses the open interrupts of all threads as soon
    as one thread was deleted, as every stateless run and every MCP call does (langgraph-runtime-inmem 0.36).
    """
    folder = current_settings().runs_dir / ".shared"
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with opened_checkpoints(folder / "checkpoints.db") as opened:
        yield ServedCheckpoints(opened)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with keep_own_pool() as app.state.pool:
        yield


async def _show_pool(request: Request) -> JSONResponse:
    """Count what the pool holds and has done; says nothing about whose episodes these are."""
    pool: EnvironmentPool = request.app.state.pool
    return JSONResponse({"version": __version__, **asdict(await pool.statistics())})


app = Starlette(routes=[Route(POOL_PATH, _show_pool)], lifespan=_lifespan)
