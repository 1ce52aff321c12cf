"""An episode that cannot go on before somebody outside it has answered."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any, Self

from awm_langgraph.errors import UsageError


class EpisodeWaitsError(UsageError):
    """An episode stands still until it is resumed with an answer; nothing of it is lost meanwhile.

    ``question`` is what the graph's interrupt showed, in JSON types; ``answer_schema`` the JSON schema of an answer,
    None where any will do.
    """

    def __init__(
        self, episode_id: str, question: Any, answer_schema: dict[str, Any] | None, *, runs: Path | None = None
    ) -> None:
        where = "" if runs is None else f" --out {shlex.quote(str(runs))}"
        super().__init__(
            f"episode {episode_id} waits for an answer{_complaints_in(question)}: give it with "
            f"`awm-langgraph resume {episode_id} --answer JSON{where}`"
        )
        self.episode_id = episode_id
        self.question = question
        self.answer_schema = answer_schema

    def kept_in(self, runs: Path) -> Self:
        """Name the folder of the runs in the command that answers, for whoever has to say it."""
        return type(self)(self.episode_id, self.question, self.answer_schema, runs=runs)


def _complaints_in(question: Any) -> str:
    """Say why an answer that was given before was sent back, if one was."""
    complaints = question.get("complaints", ()) if isinstance(question, dict) else ()
    return f", as the one before was sent back ({'; '.join(map(str, complaints))})" if complaints else ""
