"""``awm-langgraph studio-check``: does a running LangGraph server do all that Studio needs?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from awm_langgraph.cli import interruption, options

if TYPE_CHECKING:
    from collections.abc import Callable

    from awm_langgraph.cli.checkup import Finding


def studio_check(
    url: options.ServerUrl = options.SERVER_URL,
    at_once: Annotated[
        int, typer.Option("--at-once", metavar="N", min=1, help="How many runs to start at the same time.")
    ] = 50,
    as_json: options.AsJson = False,
) -> None:
    """Drive a running server as Studio does, and tell what works. Exits with 1 where something does not.

    Scripts play the models, so it costs nothing; the threads it makes are deleted again.
    """
    from awm_langgraph.cli.drawing.finding import draw_finding
    from awm_langgraph.cli.terminal import Waiting, notices, results, write_json
    from awm_langgraph.cli.text import counted

    console = notices() if as_json else results()
    findings: list[Finding] = []

    def take(finding: Finding) -> None:
        findings.append(finding)
        if not as_json:
            console.print(draw_finding(finding))

    with Waiting(console, f"visiting {url}"):
        interruption.run(_visit(url, at_once, take))
    problems = sum(finding.state == "problem" for finding in findings)
    if as_json:
        write_json({"works": not problems, "findings": [finding.model_dump(mode="json") for finding in findings]})
    else:
        link = f"https://smith.langchain.com/studio/?baseUrl={url}"
        console.print(f"\n{counted(problems, 'problem')}" if problems else f"\nopen it: {link}", soft_wrap=True)
    if problems:
        raise typer.Exit(1)


async def _visit(url: str, at_once: int, take: Callable[[Finding], None]) -> None:
    from awm_langgraph.cli.studio.points import examine_server
    from awm_langgraph.cli.studio.visit import visiting

    async with visiting(url, at_once=at_once) as visit:
        async for finding in examine_server(visit):
            take(finding)
