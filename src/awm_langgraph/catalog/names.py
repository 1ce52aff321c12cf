"""Scenario names: how they are written, found and put in order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import PurePosixPath

from awm_langgraph.errors import CatalogError

_SHOWN_CHARACTERS = 200


def normalise(name: str) -> str:
    """Write a scenario's name the one way files and records use: ``E-Commerce/33`` becomes ``e_commerce_33``."""
    return re.sub(r"_+", "_", re.sub(r"[^a-z0-9_]", "_", name.lower())).strip("_")


def require_no_path(name: str) -> None:
    """Refuse a name that is written to leave a folder.

    Raises:
        CatalogError: The name is absolute, has a ``..`` part, or holds a backslash or a control character.
    """
    parts = PurePosixPath(name).parts
    if name.startswith(("/", "~")) or ".." in parts or "\\" in name or not name.isprintable():
        raise CatalogError(f"{shown(name)} is a path: expected a scenario's name such as `workflow_automation`")


def natural_order(name: str) -> tuple[tuple[int, str], ...]:
    """Sort key that puts ``e_commerce_2`` before ``e_commerce_10``."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean `a`, `b`?`` for the names closest to this one, or nothing."""
    close = get_close_matches(name, known, n=3)
    return f"; did you mean {', '.join(f'`{match}`' for match in close)}?" if close else ""


def shown(name: str) -> str:
    """Quote a caller's words for a one-line message, shortened and without control characters."""
    text = name if name.isprintable() else repr(name)
    return f"`{text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + '...'}`"
