"""An episode that cannot go on before somebody outside it has answered."""

from __future__ import annotations

from typing import Any

from awm_langgraph.errors import UsageError


class EpisodeWaitsError(UsageError):
    """An episode stands still until it is resumed with an answer; nothing of it is lost meanwhile.

    ``question`` is what the graph's interrupt showed, in JSON types; ``answer_schema`` the JSON schema of an answer,
    None where any will do.
    """

    def __init__(self, episode_id: str, question: Any, answer_schema: dict[str, Any] | None) -> None:
        super().__init__(
            f"episode {episode_id} waits for an answer: give it with `awm-langgraph resume {episode_id} --answer JSON`"
        )
        self.episode_id = episode_id
        self.question = question
        self.answer_schema = answer_schema
