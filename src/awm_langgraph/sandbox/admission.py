"""Who may run here, and how: the user's level against what the machine can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from awm_langgraph.errors import UntrustedCodeError
from awm_langgraph.sandbox.capabilities import Capabilities

SandboxLevel = Literal["strict", "best-effort", "off"]
"""``strict`` confines in full or refuses; ``best-effort`` does what the kernel can; ``off`` confines nothing."""


@dataclass(frozen=True, slots=True)
class Admission:
    """The level to pass to ``confine`` and what to tell the user, one line each."""

    level: SandboxLevel
    notices: tuple[str, ...] = ()


def admit(level: SandboxLevel, capabilities: Capabilities, *, is_ours: bool, what: str) -> Admission:
    """Decide how ``what`` (as in "the verifier of e_commerce_33/4") runs at a level on a machine.

    Args:
        level: What the user asked for.
        capabilities: What the machine can do.
        is_ours: Whether the code is this project's own; such code runs less confined rather than not at all.
        what: Names the code in messages.

    Raises:
        UntrustedCodeError: Somebody else's code, under ``strict``, on a machine that cannot confine it.
    """
    if level == "off":
        return Admission("off", () if is_ours else (f"{what} runs unconfined (--sandbox=off).",))
    if capabilities.is_complete:
        return Admission(level)
    missing = "; ".join(capabilities.missing)
    if level == "strict" and not is_ours:
        raise UntrustedCodeError(
            f"Refused to run {what}: code from a data set must be confined and this machine lacks {missing}. "
            "Use Linux 5.13 or newer, or accept the risk with --sandbox=best-effort."
        )
    return Admission("best-effort", (f"{what} runs only partly confined: this machine lacks {missing}.",))
