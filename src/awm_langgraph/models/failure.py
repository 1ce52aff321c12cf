"""What is raised when a model's service gives no turn to judge."""

from __future__ import annotations

from typing import Literal

from awm_langgraph.errors import EpisodeError

ModelFailureKind = Literal["model_error", "content_filter"]


class ModelFailure(EpisodeError):  # noqa: N818 - it is an outcome of the service, not of this program
    """A model's service failed (``model_error``) or refused (``content_filter``); ``kind`` is an episode's outcome."""

    def __init__(self, kind: ModelFailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
