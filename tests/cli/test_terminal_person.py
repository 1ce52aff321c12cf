"""A person at a terminal: the program is started on one of its own."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

PROMPT = b"your answer (words or JSON): "


class Terminal:
    """A terminal with a command in it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._master, slave = pty.openpty()
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "awm_langgraph.cli", *arguments],
            cwd=folder,
            env={**kept, "COLUMNS": "200", "TERM": "dumb"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def read_until(self, words: bytes) -> str:
        """Read up to some words; the end of the program is an end too."""
        said = b""
        while not said.endswith(words):
            try:
                said += os.read(self._master, 1)
            except OSError:
                break
        return said.decode().replace("\r\n", "\n")

    def type(self, line: str) -> None:
        os.write(self._master, line.encode() + b"\n")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)


def test_a_person_at_the_terminal_is_asked_again_after_an_answer_that_will_not_do(tmp_path: Path) -> None:
    terminal = Terminal(
        tmp_path, "run", "support_desk", "--task", "3", "--seed", "1", "--expert-kind", "human", "--tier", "schema"
    )
    try:
        asked = terminal.read_until(PROMPT)
        assert "the last step met an error: update_ticket: invalid_args" in asked
        terminal.type('{"advise": "typo"}')
        assert "the answer does not fit the form: advise: Extra inputs" in terminal.read_until(PROMPT)
        plan = 'update_ticket {"ticket_id": 12, "status": "pending"}'
        said = "The customer has the reply and ticket 12 is pending."
        terminal.type(json.dumps({"plan_text": plan, "final_answer": said}))
        ending = terminal.read_until(b"no such words")
        assert "verdict    complete" in ending
        assert terminal.process.wait() == 0
    finally:
        terminal.close()
