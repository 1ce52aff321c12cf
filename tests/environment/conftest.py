"""A scenario small enough to read: notes that can be listed, added, dropped, and some ways to misbehave."""

import pytest

from awm_langgraph.catalog.scenario import Scenario, SeedStatement, Table

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
    time.sleep(3600)
"""


@pytest.fixture
def notes() -> Scenario:
    return Scenario(
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
