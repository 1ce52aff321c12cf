"""Letters on their way: on disk first, delivered by a thread of its own, kept where nobody takes them."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread

from awm_langgraph.errors import UsageError
from awm_langgraph.langsmith_service import Service
from awm_langgraph.rollout.tracing.delivery import Delivery, Postman
from awm_langgraph.rollout.tracing.letters import Letter

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0
_SECONDS_BETWEEN_LOOKS = 0.05

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Waiting:
    path: Path
    size_bytes: int


class Outbox:
    """Takes letters without keeping anybody waiting, and delivers them in order while the program goes on.

    A service that cannot be reached is tried again, ever more rarely. ``folder`` holds what is on its way and what was
    not delivered; what is in it beyond ``budget_bytes`` is not taken and counted in ``lost``.
    """

    def __init__(
        self, service: Service, folder: Path, *, budget_bytes: int, pause_seconds: float = _FIRST_PAUSE_SECONDS
    ) -> None:
        self.folder = folder
        self.kept = 0
        self.lost = 0
        self._budget_bytes = budget_bytes
        self._size_bytes = 0
        self._pause_seconds = pause_seconds
        self._waiting: deque[_Waiting] = deque()
        self._news = Condition()
        self._is_closing = False
        self._is_over = False
        self._postman = Postman(service)
        # A daemon: a service that hangs must not keep the program from ending.
        self._thread = Thread(target=self._work, name="outbox", daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> str:
        """Say why the last letter that did not arrive did not."""
        return self._postman.trouble

    def put(self, letter: Letter) -> None:
        """Take a letter; one that cannot be written down is lost, with a warning."""
        with self._news:
            if self._size_bytes + len(letter.body) > self._budget_bytes:
                self.lost += 1
                return
            try:
                path = letter.save(self.folder)
            except OSError as error:
                _log.warning("a trace is lost: %s cannot be written (%s)", self.folder, error.strerror)
                self.lost += 1
                return
            self._size_bytes += len(letter.body)
            self._waiting.append(_Waiting(path, len(letter.body)))
            self._news.notify_all()

    def close(self, timeout_seconds: float) -> None:
        """Deliver what is left, as far as it goes in that time, and count what stays in ``kept``."""
        with self._news:
            self._is_closing = True
            self._news.notify_all()
            # look by look, so that time in which this program got no processor hardly counts
            for _ in range(round(timeout_seconds / _SECONDS_BETWEEN_LOOKS)):
                if self._news.wait_for(lambda: self._is_over, _SECONDS_BETWEEN_LOOKS):
                    break
            self.kept += len(self._waiting)

    def _work(self) -> None:
        try:
            self._deliver_all()
        finally:
            self._postman.close()
            with self._news:
                self._is_over = True
                self._news.notify_all()

    def _deliver_all(self) -> None:
        pause_seconds = self._pause_seconds
        while (first := self._next()) is not None:
            delivery = self._deliver(first.path)
            if delivery == "unreachable":
                if self._is_over_after(pause_seconds):
                    return
                pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)
                continue
            pause_seconds = self._pause_seconds
            with self._news:
                self._waiting.popleft()
                self.kept += delivery == "refused"
                self._size_bytes -= first.size_bytes if delivery == "delivered" else 0

    def _next(self) -> _Waiting | None:
        """Wait for a letter; None when there is none and none will come."""
        with self._news:
            self._news.wait_for(lambda: self._waiting or self._is_closing)
            return self._waiting[0] if self._waiting else None

    def _deliver(self, path: Path) -> Delivery:
        try:
            return self._postman.deliver(path)
        except (UsageError, OSError) as error:
            _log.warning("a letter with traces stays in %s: %s", path, error)
            return "refused"

    def _is_over_after(self, pause_seconds: float) -> bool:
        """Pause, and tell whether the program ends: whoever closes then does not wait for another try."""
        with self._news:
            return self._news.wait_for(lambda: self._is_closing, pause_seconds)
