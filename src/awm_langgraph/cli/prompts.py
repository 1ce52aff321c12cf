"""``awm-langgraph prompts``: what models read, to LangSmith's prompt hub and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from awm_langgraph.cli import options

if TYPE_CHECKING:
    from awm_langgraph.evaluation.prompt_hub import Moved

app = typer.Typer(help="Keep prompts in LangSmith's prompt hub.", no_args_is_help=True)

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Which of them (default: all).", show_default=False)
]
Prefix = Annotated[str, typer.Option("--prefix", metavar="PREFIX", help="They are PREFIX-NAME in the hub.")]


@app.command("push")
def push(
    names: Names = None, prefix: Prefix = "awm", config: options.Config = None, as_json: options.AsJson = False
) -> None:
    """Push the prompts that are in use: those of AWM_PROMPTS_DIR, else the package's own.

    What the hub has already is not pushed again. Needs LANGSMITH_API_KEY.
    """
    from awm_langgraph import prompts
    from awm_langgraph.evaluation.prompt_hub import push_prompts
    from awm_langgraph.langsmith_service import required_service, told_plainly
    from awm_langgraph.settings import use_settings

    with use_settings(options.load_settings(config)):
        service = required_service()
        with told_plainly(service):
            moved = push_prompts(service.client(), prefix, names or prompts.names())
    _show(moved, as_json=as_json, ending="")


@app.command("pull")
def pull(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write them.", show_default=False)],
    names: Names = None,
    prefix: Prefix = "awm",
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Write the hub's latest prompts into a folder.

    Nothing is written where a prompt's variables are not those of the package's own. Needs LANGSMITH_API_KEY.
    """
    from awm_langgraph import prompts
    from awm_langgraph.evaluation.prompt_hub import pull_prompts
    from awm_langgraph.langsmith_service import required_service, told_plainly
    from awm_langgraph.settings import use_settings

    with use_settings(options.load_settings(config)):
        service = required_service()
        with told_plainly(service):
            moved = pull_prompts(service.client(), prefix, names or prompts.names(), folder.expanduser())
    _show(moved, as_json=as_json, ending=f"; use them with AWM_PROMPTS_DIR={folder}")


def _show(moved: Sequence[Moved], *, as_json: bool, ending: str) -> None:
    from awm_langgraph.cli.terminal import results, write_json
    from awm_langgraph.cli.text import counted

    if as_json:
        write_json([one.model_dump() for one in moved])
        return
    console = results()
    for one in moved:
        if one.change != "unchanged":
            console.print(f"{one.change:9} {one.hub_name}")
    touched = sum(one.change in ("new", "changed") for one in moved)
    console.print(f"{counted(touched, 'prompt')} of {len(moved)} new or changed{ending}", soft_wrap=True)
