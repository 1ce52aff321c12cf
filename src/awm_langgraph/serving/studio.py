"""What LangGraph's server mounts beside its own API: it keeps the environment pool and tells what is in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from awm_langgraph.environment import EnvironmentPool, keep_own_pool
from awm_langgraph.version import __version__

POOL_PATH = "/awm/pool"


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with keep_own_pool() as app.state.pool:
        yield


async def _show_pool(request: Request) -> JSONResponse:
    """Count what the pool holds and has done; says nothing about whose episodes these are."""
    pool: EnvironmentPool = request.app.state.pool
    return JSONResponse({"version": __version__, **asdict(await pool.statistics())})


app = Starlette(routes=[Route(POOL_PATH, _show_pool)], lifespan=_lifespan)
