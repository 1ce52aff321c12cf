"""What a command wants of an episode: fields of its context, from flags with names of their own and from ``--set``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

import typer

from awm_langgraph.errors import UsageError

_EXPERT = "The expert"
_TOOLS = "The agent's tools"
_NOT_BY_SET = {"agent": "--agent", "expert": "--expert", "judge": "--judge"}

NoExpert = Annotated[bool, typer.Option("--no-expert", help="Leave the agent to itself.")]
ExpertKind = Annotated[
    Literal["none", "dynamic", "static", "human", "ensemble", "memory"] | None,
    typer.Option("--expert-kind", metavar="KIND", help="Who helps (default dynamic).", rich_help_panel=_EXPERT),
]
Tier = Annotated[
    Literal["transcript", "schema", "criteria", "verifier"] | None,
    typer.Option("--tier", metavar="TIER", help="What they may know (default criteria).", rich_help_panel=_EXPERT),
]
Past = Annotated[
    list[str] | None,
    typer.Option(
        "--past",
        metavar="PATH",
        help="Earlier episodes, for a static expert or a memory: a run's folder, a trajectory or a log. Repeatable.",
        rich_help_panel=_EXPERT,
    ),
]
ToolInterface = Annotated[
    Literal["native", "gateway", "text", "search"] | None,
    typer.Option(
        "--tool-interface", metavar="NAME", help="How tools are offered (default native).", rich_help_panel=_TOOLS
    ),
]
ArgumentMode = Annotated[
    Literal["strict", "lenient"] | None,
    typer.Option(
        "--argument-mode", metavar="MODE", help="strict (default), or lenient: repaired.", rich_help_panel=_TOOLS
    ),
]
VerifierMode = Annotated[
    Literal["code", "sql", "both"] | None,
    typer.Option("--verifier-mode", metavar="MODE", help="Who decides: code (default), sql (a judge) or both."),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Any field of the episode's context, such as on_finish=route. Repeatable.",
    ),
]


def wishes_of(
    settings: Iterable[str] | None,
    *,
    no_expert: bool = False,
    expert_kind: str | None = None,
    tier: str | None = None,
    past: Sequence[str] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """Gather the fields of a context; what is None was not given.

    Raises:
        UsageError: a setting is not written as NAME=VALUE, is not for ``--set``, or was given by a flag too; or there
            is to be no expert and one of a kind.
    """
    if no_expert and expert_kind not in (None, "none"):
        raise UsageError(f"expected one choice of expert, found --no-expert and --expert-kind {expert_kind}: give one")
    kind = "none" if no_expert else expert_kind
    given = {"expert_kind": kind, "expert_tier": tier, "past": tuple(past) if past else None, **fields}
    wishes = {name: value for name, value in given.items() if value is not None}
    for setting in settings or ():
        name, equals, text = setting.partition("=")
        if not equals:
            raise UsageError(f"--set: expected NAME=VALUE, found {setting!r}: write such as --set on_finish=route")
        if name in _NOT_BY_SET:
            raise UsageError(f"--set: expected no model, found {name}: choose it with {_NOT_BY_SET[name]}")
        if name in wishes:
            raise UsageError(f"--set: expected {name} once, found it twice: give it in one way")
        wishes[name] = _value(text)
    return wishes


def _value(text: str) -> Any:
    """Read JSON where it is some, and plain words where it is not."""
    try:
        return json.loads(text)
    except ValueError:
        return text
