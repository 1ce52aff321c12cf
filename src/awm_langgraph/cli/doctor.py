"""``awm-langgraph doctor``: what is wrong with a set-up, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from awm_langgraph.cli import options
from awm_langgraph.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from awm_langgraph.cli.checkup import Finding
    from awm_langgraph.settings import Settings


def doctor(
    quick: Annotated[bool, typer.Option("--quick", help="Start no environment.")] = False,
    catalog: options.CatalogName = None,
    sandbox: options.Sandbox = None,
    runtime: options.Runtime = None,
    out: options.Out = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Examine the set-up. Exits with 1 where something must be mended before an episode can run."""
    from awm_langgraph.cli.drawing.finding import draw_finding
    from awm_langgraph.cli.terminal import Waiting, notices, results, write_json
    from awm_langgraph.cli.text import counted

    def load() -> Settings:
        return options.load_settings(config, catalog=catalog, runs_dir=out, sandbox=sandbox, runtime=runtime)

    console = notices() if as_json else results()
    findings = []
    with Waiting(console, "examining"):
        for finding in _examine(load, is_quick=quick):
            findings.append(finding)
            if not as_json:
                console.print(draw_finding(finding))
    problems = sum(finding.state == "problem" for finding in findings)
    if as_json:
        write_json({"usable": not problems, "findings": [finding.model_dump(mode="json") for finding in findings]})
    else:
        console.print(f"\n{counted(problems, 'problem')} to mend" if problems else "\nready to run episodes")
    if problems:
        raise typer.Exit(1)


def _examine(load: Callable[[], Settings], *, is_quick: bool) -> Iterator[Finding]:
    """Look at everything; settings that cannot be loaded are a finding too, and the end of what can be looked at."""
    from awm_langgraph.cli.checkup import Finding, examine_machine, examine_settings
    from awm_langgraph.settings import use_settings

    yield from examine_machine()
    try:
        settings = load()
    except UsageError as error:
        advice = "mend this first: everything else depends on it"
        yield Finding(point="settings", state="problem", found=str(error), advice=advice)
        return
    with use_settings(settings):
        yield from examine_settings(settings, is_quick=is_quick)
