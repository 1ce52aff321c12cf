"""A scenario small enough to read: notes that can be listed, added, dropped, and some ways to misbehave."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from mcp import types
from mcp.server.lowlevel import Server as McpServer
from mcp.shared.memory import create_client_server_memory_streams

from awm_langgraph.catalog.scenario import Scenario, SeedStatement, Table
from awm_langgraph.environment import EnvironmentPool
from awm_langgraph.environment.runtime import Server
from awm_langgraph.errors import EnvironmentBuildError

CODE = """
import os, time
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import create_engine, Column, Integer, String
from sqlalchemy.orm import declarative_base, sessionmaker

DATABASE_URL = os.getenv("DATABASE_PATH", "sqlite:///notes.db")
engine = create_engine("sqlite:///somewhere_else.db", connect_args={"check_same_thread": False})
SessionLocal = sessionmaker(bind=engine)
Base = declarative_base()

class Note(Base):
    __tablename__ = "notes"
    id = Column(Integer, primary_key=True)
    text = Column(String, nullable=False)

Base.metadata.create_all(engine)
app = FastAPI(title="Notes")

class NoteIn(BaseModel):
    text: str

@app.get("/notes", operation_id="list_notes")
async def list_notes(limit: int = 10):
    session = SessionLocal()
    rows = [{"id": n.id, "text": n.text} for n in session.query(Note).limit(limit)]
    session.close()
    return rows

@app.get("/notes/{note_id}", operation_id="get_note")
async def get_note(note_id: int):
    session = SessionLocal()
    note = session.query(Note).filter(Note.id == note_id).first()
    return {"id": note.id, "text": note.text}

@app.post("/notes", operation_id="add_note")
async def add_note(note: NoteIn):
    session = SessionLocal()
    row = Note(text=note.text)
    session.add(row)
    session.commit()
    answer = {"id": row.id, "text": row.text}
    session.close()
    return answer

@app.delete("/notes/{note_id}", operation_id="drop_note", status_code=204)
async def drop_note(note_id: int):
    session = SessionLocal()
    session.query(Note).filter(Note.id == note_id).delete()
    session.commit()
    session.close()

@app.post("/half", operation_id="write_half")
async def write_half():
    session = SessionLocal()
    session.add(Note(text="never committed"))
    session.flush()
    raise RuntimeError("in the middle")

@app.post("/die", operation_id="write_and_die")
async def write_and_die():
    session = SessionLocal()
    session.add(Note(text="x" * 100000))
    session.flush()
    os._exit(1)

@app.get("/refuse/{status}", operation_id="get_parameter")
async def refuse(status: int):
    raise HTTPException(status, "no such parameter: not found, invalid, missing, timeout")

@app.get("/runtime", operation_id="echo_runtime")
async def echo_runtime(runtime: str, config: str = "-"):
    return {"runtime": runtime, "config": config, "secret": os.environ.get("AWM_AGENT_API_KEY", "none")}

@app.get("/hang", operation_id="hang")
async def hang():
    time.sleep(3600)  # for ever: whoever calls it ends it
"""


NOTES = Scenario(
    catalog="test",
    name="notes",
    description="Notes",
    tables=(Table(name="notes", ddl="CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"),),
    seed=tuple(
        SeedStatement(table="notes", sql=f"INSERT INTO notes (text) VALUES ('{text}')") for text in ("one", "two")
    ),
    code=CODE,
    tasks=("Add a note.",),
    is_ours=True,
    fingerprint="0" * 64,
)


@pytest.fixture
def notes() -> Scenario:
    return NOTES


PATIENCE_SECONDS = 60.0
"""Longest wait for what is bound to come: a machine may have much else to do."""


async def until(is_so: Callable[[], bool]) -> None:
    """Let other tasks take their turns until something is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_so():  # noqa: ASYNC110 - what is waited for is any state, which has no event
            await asyncio.sleep(0)


async def until_statistics(pool: EnvironmentPool, **wanted: int) -> None:
    """Let other tasks take their turns until a pool's statistics show these numbers."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not wanted.items() <= asdict(await pool.statistics()).items():  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)


class QuickRuntime:
    """Serves notes from tasks of this process: a real MCP server over the real database, without a child process.

    Before a server starts it waits for ``may_start``, and before ``add_note`` writes for ``may_write``.
    """

    starts_at_once = 16

    def __init__(self) -> None:
        self.running: dict[asyncio.Task[None], Path] = {}
        self.started = 0
        self.most_at_once = 0
        self.shared_a_database = False
        self.refuses = False
        self.may_start = asyncio.Event()
        self.may_write = asyncio.Event()
        self.may_start.set()
        self.may_write.set()

    async def until_running(self, count: int) -> None:
        """Wait until there are so many servers."""
        await until(lambda: len(self.running) == count)

    def live_folder(self, scenario: Scenario, episode_folder: Path) -> Path:
        return episode_folder / "live"

    async def close(self) -> None:
        assert not self.running

    @asynccontextmanager
    async def serve(self, scenario: Scenario, database: Path, log: Path) -> AsyncIterator[Server]:
        if self.refuses:
            raise EnvironmentBuildError("it does not start")
        async with create_client_server_memory_streams() as (ours, theirs):
            server = self._server(database)
            task: asyncio.Task[None] = asyncio.create_task(server.run(*theirs, server.create_initialization_options()))
            ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            task.add_done_callback(lambda _: self.running.pop(task))
            task.add_done_callback(lambda _: None if ended.done() else ended.set_result(0))
            self._count(task, database)
            try:
                await self.may_start.wait()
                yield Server(ours[0], ours[1], os.getpid(), ended, kill=partial(_cancel, task))
            finally:
                task.cancel()
                await asyncio.shield(asyncio.wait({task}))

    def _count(self, task: asyncio.Task[None], database: Path) -> None:
        self.shared_a_database |= database in self.running.values()
        self.running[task] = database
        self.started += 1
        self.most_at_once = max(self.most_at_once, len(self.running))

    def _server(self, database: Path) -> McpServer[Any]:
        server: McpServer[Any] = McpServer("notes")
        text = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}

        @server.list_tools()  # type: ignore[no-untyped-call, untyped-decorator] # mcp does not type its decorators
        async def _list() -> list[types.Tool]:
            return [
                types.Tool(name="list_notes", inputSchema={"type": "object"}),
                types.Tool(name="add_note", inputSchema=text),
            ]

        @server.call_tool()  # type: ignore[untyped-decorator] # mcp does not type its decorators
        async def _call(name: str, arguments: dict[str, Any]) -> list[types.TextContent]:
            if name == "add_note":
                await self.may_write.wait()
            notes = await asyncio.to_thread(_notes_after, database, arguments.get("text", ""))
            return [types.TextContent(type="text", text=notes)]

        return server


def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()


def _notes_after(database: Path, text: str) -> str:
    with closing(sqlite3.connect(database)) as connection, connection:
        if text:
            connection.execute("INSERT INTO notes (text) VALUES (?)", (text,))
        return ",".join(note for (note,) in connection.execute("SELECT text FROM notes ORDER BY id"))


@pytest.fixture
def quick() -> QuickRuntime:
    return QuickRuntime()
