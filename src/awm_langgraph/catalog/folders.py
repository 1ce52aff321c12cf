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


def data_folder() -> Path:
    """Return where the hub's data set lies or is put: ``AWM_DATA_DIR``, else a folder in the user's cache."""
    given = os.environ.get("AWM_DATA_DIR")
    return Path(given) if given else cache_folder() / "awm-1k"
