"""The episode as it happens: what nodes announce on LangGraph's ``custom`` stream.

Every event is ``{"type": TYPE, ...}`` in JSON types:

- ``start``: episode_id, task; before the environment is opened
- ``reset``: episode_id, task, tools (how many), seed_problems, error
- ``turn``: step, text, message (in ``messages_to_dict`` form), is_final, usage, latency_seconds
- ``call``: a ``ToolOutcome``
- ``decision``: a ``Decision``: there was a reason to bring help up
- ``consultation``: a ``ConsultationRecord``, and the ``text`` that the agent read
- ``verdict``: outcome, stop_reason, error, verdict, reward
"""

from __future__ import annotations

from typing import Literal

EventType = Literal["start", "reset", "turn", "call", "decision", "consultation", "verdict"]
