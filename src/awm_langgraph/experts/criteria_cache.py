"""Success criteria that were extracted before: in this process, and in a folder where one is given."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

CriteriaKey = tuple[str, str, str]
"""SHA-256 of the verifier's code, model name, prompt fingerprint."""
MOST_ENTRIES = 5000


class CriteriaCache:
    """Criteria by key, with a lock for each, so that episodes of one task extract them once.

    With a ``folder`` they outlive the process, one JSON file each. Both places keep at most ``most_entries``; the
    oldest go first.
    """

    def __init__(self, folder: Path | None = None, *, most_entries: int = MOST_ENTRIES) -> None:
        self.known: dict[CriteriaKey, tuple[str, ...]] = {}
        self.locks: defaultdict[CriteriaKey, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._folder = folder
        self._most_entries = most_entries

    async def find(self, key: CriteriaKey) -> tuple[str, ...]:
        """Return the criteria, or nothing where they are not known; a damaged file counts as none."""
        if key not in self.known and self._folder is not None:
            items = await asyncio.to_thread(_read, _path(self._folder, key), key)
            if items:
                self._remember(key, items)
        return self.known.get(key, ())

    async def keep(self, key: CriteriaKey, items: tuple[str, ...]) -> None:
        """Keep criteria. A folder that cannot be written costs the next process a question, and no episode."""
        self._remember(key, items)
        if self._folder is not None:
            with suppress(OSError):
                await asyncio.to_thread(self._write, self._folder, key, items)

    def _remember(self, key: CriteriaKey, items: tuple[str, ...]) -> None:
        self.known[key] = items
        while len(self.known) > self._most_entries:
            del self.known[next(iter(self.known))]

    def _write(self, folder: Path, key: CriteriaKey, items: tuple[str, ...]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = _path(folder, key)
        half = path.with_suffix(f".{uuid4().hex}.tmp")
        try:
            half.write_text(json.dumps({"key": key, "items": items}) + "\n", encoding="utf-8")
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)
        self._make_room(folder)

    def _make_room(self, folder: Path) -> None:
        with os.scandir(folder) as entries:
            files = [entry for entry in entries if entry.name.endswith(".json")]
            if len(files) <= self._most_entries:
                return
            by_age = sorted(files, key=lambda entry: (entry.stat().st_mtime_ns, entry.name))
        for entry in by_age[: len(files) - self._most_entries]:
            Path(entry).unlink(missing_ok=True)


def _path(folder: Path, key: CriteriaKey) -> Path:
    return folder / f"{hashlib.sha256(json.dumps(key).encode()).hexdigest()}.json"


def _read(path: Path, key: CriteriaKey) -> tuple[str, ...]:
    try:
        found = json.loads(path.read_bytes())
        items = found["items"] if tuple(found["key"]) == key else []
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return ()
    is_sound = isinstance(items, list) and all(isinstance(item, str) for item in items)
    return tuple(items) if is_sound else ()
