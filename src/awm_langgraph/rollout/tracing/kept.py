"""Send what LangSmith did not take before."""

from __future__ import annotations

from pathlib import Path

from awm_langgraph.episode import Value
from awm_langgraph.langsmith_service import Service
from awm_langgraph.rollout.tracing.delivery import Postman
from awm_langgraph.rollout.tracing.letters import letters_in


class Sent(Value):
    """What became of the letters in a folder; ``refused`` and ``left`` ones are still there, for ``trouble``."""

    delivered: int = 0
    refused: int = 0
    left: int = 0
    trouble: str = ""


def send_kept(service: Service, folder: Path) -> Sent:
    """Deliver the letters in a folder, the oldest first, until the service cannot be reached.

    Raises:
        UsageError: one of them is damaged.
    """
    postman = Postman(service)
    counts = {"delivered": 0, "refused": 0}
    letters = letters_in(folder)
    try:
        for letter in letters:
            delivery = postman.deliver(letter)
            if delivery == "unreachable":
                break
            counts[delivery] += 1
    finally:
        postman.close()
    return Sent(**counts, left=len(letters) - sum(counts.values()), trouble=postman.trouble)
