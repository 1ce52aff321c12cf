"""The episode as it happens: what nodes announce on LangGraph's ``custom`` stream.

Every event is ``{"type": TYPE, ...}`` in JSON types:

- ``start``: episode_id, task; before the environment is opened
- ``reset``: episode_id, task, tools (how many), seed_problems, error, condition, models by role
- ``turn``: step, text, message (in ``messages_to_dict`` form), is_final, usage, latency_seconds
- ``call``: a ``ToolOutcome``
- ``change``: step, call_id, name of the call just told of, if it changed the database, and a ``DatabaseChange``: by
  table, how many rows were inserted, updated and deleted
- ``progress``: step, counters: by name, its count and the limit at which something follows (null: nothing does).
  After every step: what decides about help and about the end
- ``decision``: a ``Decision``: there was a reason to bring help up
- ``consultation``: a ``ConsultationRecord``, and the ``text`` that the agent read
- ``verdict``: outcome, stop_reason, error, verdict, reward; change: a ``DatabaseChange`` since the beginning, or null
"""

from __future__ import annotations

from typing import Literal

EventType = Literal["start", "reset", "turn", "call", "change", "progress", "decision", "consultation", "verdict"]
