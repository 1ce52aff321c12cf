"""The folders that a catalog may lie in or write to, besides the one it is given."""

from __future__ import annotations

import os
from pathlib import Path

from awm_langgraph.errors import CatalogError

BUNDLED = Path(__file__).resolve().parent.parent / "scenarios"
"""The bundled scenarios: this project's own code, and the only code that is."""


def cache_folder() -> Path:
    """Return this package's folder in the user's cache; it need not exist.

    Raises:
        CatalogError: The user has no home folder, as in some containers, and no variable names one.
    """
    given = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(given) if given else Path.home() / ".cache") / "awm-langgraph"
    except RuntimeError as error:
        raise CatalogError("no folder for cached files: expected HOME or XDG_CACHE_HOME to name one, set it") from error
