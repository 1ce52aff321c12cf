"""The life of a child of the zygote: confined at birth, one verifier, one answer, the end."""

from __future__ import annotations

import gc
import json
import os
import socket
import sqlite3
import sys
import traceback
from os import _exit  # taken here: a verifier may put something else in its place
from pathlib import Path
from typing import Any, NoReturn

from awm_langgraph.sandbox import SandboxLevel, confine, verifier_policy
from awm_langgraph.sandbox import prepare as prepare_to_confine
from awm_langgraph.verifier.call import FILE_NAME, call
from awm_langgraph.verifier.plain import plain
from awm_langgraph.verifier.protocol import (
    ANSWER_BYTES,
    CONFINED,
    Request,
    encode,
    encode_answer,
    receive_request,
    send_files,
)

_CPU_SECONDS = 600
"""A backstop only: the zygote's clock comes first."""
_COPY_BYTES = 1024 * 1024
_MOST_ERROR_CHARACTERS = 2000
_WAL_MODE = b"\x02\x02"
_REHEARSAL = """
import sqlite3
def verify(initial_db_path, final_db_path, final_answer):
    counts = []
    for path in (initial_db_path, final_db_path):
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        counts += [dict(row) for row in connection.execute("SELECT name FROM sqlite_schema WHERE name LIKE ?", ("a%",))]
        connection.close()
    print(counts)
    return {"result": "complete" if counts[0] == counts[1] else "others", "counts": counts}
"""


def live(
    link: socket.socket, folder: str, token: bytes, level: SandboxLevel, *, parent_pid: int, is_spare: bool
) -> NoReturn:
    """Confine this process, wait for a run, do it, answer on the link, end. The link's end before a run ends it too.

    Args:
        link: The zygote's other end answers nothing but the runs.
        folder: Empty, and this child's own.
        token: What the answer must begin with.
        level: How to confine.
        parent_pid: The zygote.
        is_spare: Whether nobody waits yet.
    """
    try:
        os.dup2(1, 2)  # the zygote may complain aloud; its children's words are nobody's business
        os.setsid()
        os.chdir(folder)
        os.environ |= {"HOME": folder, "TMPDIR": folder}
        confine(verifier_policy(Path(folder), _CPU_SECONDS), level, keep=[link.fileno()], parent_pid=parent_pid)
        if is_spare:
            _rehearse(folder)
        link.sendall(CONFINED)
        gc.enable()
        _, descriptors, _, _ = socket.recv_fds(link, 1, 1)
        if descriptors:
            link.sendall(encode_answer(token, _run(descriptors[0], folder)))
    except (OSError, sqlite3.Error) as error:
        link.sendall(str(error).encode(errors="replace"))
    finally:
        # Nothing of the zygote's own may run here, and no thread that a verifier left may keep the process.
        _exit(0)


def prepare(folder: str) -> None:
    """Do once, in the zygote, what is the same for all its children: in a fork each step would copy pages."""
    prepare_to_confine(verifier_policy(Path(folder), _CPU_SECONDS))
    os.mkdir(folder, 0o700)
    _rehearse(folder)
    os.rmdir(folder)


def _rehearse(folder: str) -> None:
    """Do once what a run does, while nobody waits: at first each step copies pages that are shared with the zygote."""
    template = os.path.join(folder, "template.db")
    connection = sqlite3.connect(template)
    connection.execute("CREATE TABLE a (b)")
    connection.close()
    ours, theirs = socket.socketpair()
    with ours, open(template, "rb") as one, open(template, "rb") as other:
        body = encode(Request(_REHEARSAL, "verify", "code", "", ("initial.db", "final.db")))
        send_files(ours, [one.fileno(), other.fileno()], len(body))
        ours.sendall(body)
        _run(theirs.detach(), folder)
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))


def _run(descriptor: int, folder: str) -> bytes:
    with socket.socket(fileno=descriptor) as channel:
        request, files = receive_request(channel)
    try:
        _store(request, files, folder)
    except OSError as error:
        return _encoded({"error": f"its databases could not be copied: {error}"})
    initial, final = os.path.join(folder, "initial.db"), os.path.join(folder, "final.db")
    try:
        answer = call(request.code, request.function_name, request.mode, initial, final, request.final_answer)
        return _encoded({"answer": plain(answer)})
    except BaseException as error:  # noqa: BLE001 -- a verifier may raise anything, SystemExit too
        return _encoded({"error": _described(error)})


def _store(request: Request, files: list[int], folder: str) -> None:
    """Copy the databases, and what SQLite keeps beside them, and let it finish what it finds unfinished."""
    for name, source in zip(request.files, files, strict=True):
        with open(source, "rb") as original, open(os.path.join(folder, name), "wb") as copy:
            _copy(original.fileno(), copy.fileno())
    for name in ("initial.db", "final.db"):
        _settle(os.path.join(folder, name))


def _copy(source: int, target: int) -> None:
    """Copy a file, in the kernel where it can: shutil would fill a megabyte of new memory in every child."""
    if sys.platform == "linux":
        while os.sendfile(target, source, None, _COPY_BYTES):
            pass
    else:
        while data := os.read(source, _COPY_BYTES):
            os.write(target, data)


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
