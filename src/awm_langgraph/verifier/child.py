"""The life of a child of the zygote: confined at birth, one verifier, one answer, the end."""

from __future__ import annotations

import gc
import json
import os
import shutil
import socket
import sqlite3
import traceback
from pathlib import Path
from typing import Any, NoReturn

from awm_langgraph.sandbox import SandboxLevel, confine, verifier_policy
from awm_langgraph.verifier.call import FILE_NAME, call
from awm_langgraph.verifier.plain import plain
from awm_langgraph.verifier.protocol import ANSWER_BYTES, CONFINED, Request, receive_request

_CPU_SECONDS = 600
"""A backstop only: the zygote's clock comes first."""
_COPY_BYTES = 1024 * 1024
_MOST_ERROR_CHARACTERS = 2000
_WAL_MODE = b"\x02\x02"


def live(link: socket.socket, folder: str, token: bytes, level: SandboxLevel, parent_pid: int) -> NoReturn:
    """Confine this process, wait for a run, do it, answer on the link, end. The link's end before a run ends it too."""
    try:
        os.setsid()
        os.chdir(folder)
        os.environ |= {"HOME": folder, "TMPDIR": folder}
        confine(verifier_policy(Path(folder), _CPU_SECONDS), level, keep=[link.fileno()], parent_pid=parent_pid)
        link.sendall(CONFINED)
        gc.enable()
        _, descriptors, _, _ = socket.recv_fds(link, 1, 1)
        if descriptors:
            link.sendall(token + _run(descriptors[0], folder))
    except OSError as error:
        link.sendall(str(error).encode())
    finally:
        # Nothing of the zygote's own may run here, and no thread that a verifier left may keep the process.
        os._exit(0)


def _run(descriptor: int, folder: str) -> bytes:
    with socket.socket(fileno=descriptor) as channel:
        request, files = receive_request(channel)
    try:
        _store(request, files, folder)
    except OSError as error:
        return _encoded({"error": f"its databases could not be copied: {error}"})
    try:
        answer = call(
            request.code,
            request.function_name,
            request.mode,
            os.path.join(folder, "initial.db"),
            os.path.join(folder, "final.db"),
            request.final_answer,
        )
        return _encoded({"answer": plain(answer)})
    except BaseException as error:  # noqa: BLE001 -- a verifier may raise anything, SystemExit too
        return _encoded({"error": _described(error)})


def _store(request: Request, files: list[int], folder: str) -> None:
    """Copy the databases, and what SQLite keeps beside them, and let it finish what it finds unfinished."""
    for name, source in zip(request.files, files, strict=True):
        with open(source, "rb") as original, open(os.path.join(folder, name), "wb") as copy:
            shutil.copyfileobj(original, copy, _COPY_BYTES)
    for name in ("initial.db", "final.db"):
        _settle(os.path.join(folder, name))


def _settle(path: str) -> None:
    """Roll a hot journal back and fold a write-ahead log in: read-only connections could do neither."""
    with open(path, "rb") as database:
        is_wal = database.read(20)[18:] == _WAL_MODE
    if not is_wal and not os.path.exists(f"{path}-journal"):
        return
    try:
        connection = sqlite3.connect(path)
        try:
            connection.execute("PRAGMA journal_mode=DELETE").fetchall()
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        finally:
            connection.close()
    except sqlite3.DatabaseError:
        # Damaged: the verifier finds that out for itself and says so in its own words.
        return


def _encoded(payload: dict[str, Any]) -> bytes:
    data = json.dumps(payload, allow_nan=False).encode("ascii")
    if len(data) > ANSWER_BYTES:
        return json.dumps({"error": f"it answered more than {ANSWER_BYTES} bytes"}).encode("ascii")
    return data


def _described(error: BaseException) -> str:
    """Say what was raised and on which line of the verifier, whatever tricks the exception's class plays."""
    name = str.__str__(type.__dict__["__name__"].__get__(type(error)))
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001 -- its __str__ is the verifier's code too
        text = "(its text cannot be read)"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE_NAME]
    where = f" (line {lines[-1]})" if lines else ""
    return f"{name}: {text}"[:_MOST_ERROR_CHARACTERS] + where
