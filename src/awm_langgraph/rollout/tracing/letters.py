"""What is to be sent to LangSmith, as files that outlive the program.

They have the form that the SDK itself gives to what it could not deliver (``LANGSMITH_FAILED_TRACES_DIR``), so that one
command sends both; headers that authenticate are never among them.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from awm_langgraph.errors import UsageError

_PATTERN = "trace_*.json"
_KEPT_HEADERS = ("content-type", "content-encoding")
_FORM = 1
_FOR_THE_OWNER_ALONE = 0o600


@dataclass(frozen=True)
class Letter:
    """One request: a path below the service's address, the headers that say how to read the body, and the body."""

    endpoint: str
    headers: Mapping[str, str]
    body: bytes

    def save(self, folder: Path) -> Path:
        """Write it down whole or not at all; names sort by time.

        Raises:
            OSError: the folder cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"trace_{time.time():.6f}_{uuid4().hex[:8]}.json"
        unfinished = path.with_suffix(".tmp")
        headers = {name: value for name, value in self.headers.items() if name.lower() in _KEPT_HEADERS}
        body = base64.b64encode(self.body).decode()
        envelope = {"version": _FORM, "endpoint": self.endpoint, "headers": headers, "body_base64": body}
        unfinished.touch(mode=_FOR_THE_OWNER_ALONE)
        unfinished.write_text(json.dumps(envelope), encoding="utf-8")
        unfinished.replace(path)
        return path

    @classmethod
    def read(cls, path: Path) -> Letter:
        """Read one back.

        Raises:
            FileNotFoundError: it is gone: somebody else has delivered it.
            UsageError: it is damaged.
        """
        try:
            envelope: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return cls(envelope["endpoint"], envelope["headers"], base64.b64decode(envelope["body_base64"]))
        except (ValueError, KeyError, TypeError):
            raise UsageError(f"expected a kept trace in {path}, found something else: move it away") from None


def letters_in(folder: Path) -> list[Path]:
    """List the letters in a folder, the oldest first."""
    return sorted(folder.glob(_PATTERN))
