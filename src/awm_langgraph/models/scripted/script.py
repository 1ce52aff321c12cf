"""What a scripted model plays from."""

from __future__ import annotations

from awm_langgraph.episode import Solution, Value


class Script(Value):
    """A task's reference solution, if it has one, and the seed that decides how a novice goes wrong."""

    task_key: str
    seed: int
    solution: Solution | None
