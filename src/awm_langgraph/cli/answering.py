"""Put an episode's question to the person at the terminal, or read the answer that a command was given."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from awm_langgraph.cli.text import safe
from awm_langgraph.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from awm_langgraph.rollout.waiting import EpisodeWaitsError


def read_answer(text: str) -> Any:
    """Read ``--answer``: JSON, or ``@FILE`` with JSON in it.

    Raises:
        UsageError: it is no JSON, or the file cannot be read.
    """
    try:
        content = Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text
        answer = json.loads(content)
    except OSError as error:
        raise UsageError(f"--answer: cannot read {text[1:]} ({error.strerror}): give another file") from None
    except ValueError:
        raise UsageError('--answer: expected JSON such as {"notes": "Try again."}, found none in it') from None
    if answer is None:
        raise UsageError("--answer: expected an answer, found null: say something")
    return answer


def is_somebody_there() -> bool:
    """Tell whether a person can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_person(waits: EpisodeWaitsError) -> Any:
    """Show what an episode waits for and read a line: a JSON object, or plain words."""
    console = show_question(waits)
    while not (line := console.input("your answer (words or JSON): ").strip()):
        pass
    return answer_from(line)


def show_question(waits: EpisodeWaitsError) -> Console:
    """Show what an episode waits for, and answer where it was shown."""
    from awm_langgraph.cli.terminal import notices

    console = notices()
    console.rule("the episode waits for you", style="magenta")
    shown = waits.question if isinstance(waits.question, dict) else {"question": waits.question}
    for name, value in shown.items():
        console.print(f"{name}:", style="bold", end=" ")
        console.print(safe(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)))
    return console


def answer_from(line: str) -> Any:
    """Read what was typed: a JSON object as it is, anything else as plain words."""
    try:
        value = json.loads(line)
    except ValueError:
        return line
    return value if isinstance(value, dict) else line
