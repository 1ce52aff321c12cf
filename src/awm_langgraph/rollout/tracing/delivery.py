"""Deliver letters to LangSmith, one at a time."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal

import requests
import zstandard

from awm_langgraph.langsmith_service import Service
from awm_langgraph.rollout.tracing.letters import Letter
from awm_langgraph.version import __version__

FEEDBACK = "feedback"
"""Endpoint of a letter that holds feedback: ``{"project": NAME, "feedback": [...]}``, still without the project's id,
which nobody waits for when an episode ends."""

Delivery = Literal["delivered", "refused", "unreachable"]

_RUNS = "runs/multipart"
_TIMEOUT_SECONDS = (5.0, 30.0)
"""To connect, and to read."""
_COMES_BACK = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class Postman:
    """Delivers over one connection; keeps the ids of projects it has asked for. Not for several threads at once.

    ``trouble`` says why the last letter that did not arrive did not; "" while all did.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.trouble = ""
        self._projects: dict[str, str] = {}
        self._is_zstd_taken: bool | None = None
        self._session = requests.Session()
        self._session.headers.update({"x-api-key": service.key.get_secret_value()})
        self._session.headers.update({"user-agent": f"awm-langgraph/{__version__}"})
        if service.workspace:
            self._session.headers.update({"x-tenant-id": service.workspace})

    def deliver(self, path: Path) -> Delivery:
        """Deliver a letter and remove its file; any that does not arrive stays where it is.

        Raises:
            UsageError: the file is no letter.
        """
        try:
            letter = Letter.read(path)
            delivery = self._feedback(letter) if letter.endpoint == FEEDBACK else self._post(letter)
        except FileNotFoundError:
            return "delivered"
        except requests.RequestException:
            self.trouble = f"{self.service.url} cannot be reached"
            return "unreachable"
        if delivery == "delivered":
            path.unlink(missing_ok=True)
        return delivery

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def _post(self, letter: Letter) -> Delivery:
        body, headers = letter.body, {name.lower(): value for name, value in letter.headers.items()}
        if "content-encoding" not in headers and self._takes_zstd():
            body, headers = zstandard.compress(body), headers | {"content-encoding": "zstd"}
        url = f"{self.service.url}/{letter.endpoint}"
        answer = self._session.post(url, data=body, headers=headers, timeout=_TIMEOUT_SECONDS)
        # A conflict says that it arrived before.
        if answer.ok or answer.status_code == HTTPStatus.CONFLICT:
            return "delivered"
        self.trouble = _told(answer.status_code)
        is_passing = answer.status_code in _COMES_BACK or answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        return "unreachable" if is_passing else "refused"

    def _feedback(self, letter: Letter) -> Delivery:
        content: dict[str, Any] = json.loads(letter.body)
        project = self._project(content["project"])
        given = [one | ({"session_id": project} if project else {}) for one in content["feedback"]]
        parts = [(f"feedback.{one['id']}", (None, json.dumps(one), "application/json")) for one in given]
        request = requests.Request("POST", self.service.url, files=parts).prepare()
        assert isinstance(request.body, bytes)
        return self._post(Letter(_RUNS, {"content-type": str(request.headers["Content-Type"])}, request.body))

    def _takes_zstd(self) -> bool:
        """Ask once whether the service reads what is compressed: traces shrink to a tenth."""
        if self._is_zstd_taken is None:
            answer = self._session.get(f"{self.service.url}/info", timeout=_TIMEOUT_SECONDS)
            flags = answer.json().get("instance_flags") if answer.ok else None
            self._is_zstd_taken = bool((flags or {}).get("zstd_compression_enabled"))
        return self._is_zstd_taken

    def _project(self, name: str) -> str:
        """Ask for a project's id; "" where the service does not tell: most find a run without it.

        Feedback may overtake its run, which another client sends or the service has still in hand: a project that is
        not there yet is made here, and the run finds it.
        """
        if name not in self._projects:
            url = f"{self.service.url}/sessions"
            answer = self._session.get(url, params={"name": name, "limit": "1"}, timeout=_TIMEOUT_SECONDS)
            found = answer.json() if answer.ok else []
            if answer.ok and not found:
                made = {"name": name}
                answer = self._session.post(url, params={"upsert": "true"}, json=made, timeout=_TIMEOUT_SECONDS)
                found = [answer.json()] if answer.ok else []
            if not found:
                return ""
            self._projects[name] = str(found[0]["id"])
        return self._projects[name]


def _told(status: int) -> str:
    if status == HTTPStatus.UNAUTHORIZED:
        return "the service does not know the key: check LANGSMITH_API_KEY"
    return f"the service answers {status}"
