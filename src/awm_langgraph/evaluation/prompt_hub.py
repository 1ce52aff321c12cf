"""Prompts to LangSmith's prompt hub and back, word for word.

A prompt goes as a chat prompt of one message whose text the hub takes for nobody's template: our ``$variables`` mean
nothing to it. Mustache leaves single braces alone, so that the text stays readable; one with doubled braces goes as an
f-string with all of them doubled once more. Coming back, either form is undone, and a prompt that somebody wrote
variables of the hub's own into is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from awm_langgraph.episode import Value
from awm_langgraph.errors import UsageError
from awm_langgraph.prompts import Prompt, checked, load
from awm_langgraph.prompts.hub import manifest_of, only_template, text_in

if TYPE_CHECKING:
    from langsmith import Client

_PREFIX = re.compile(r"[a-z][a-z0-9_-]*")
_MUSTACHE = "{{"

Change = Literal["new", "changed", "unchanged", "missing"]
"""What became of a prompt: ``missing`` are those that the hub does not have."""


class Moved(Value):
    """One prompt of ours: its name here and in the hub, and what became of it."""

    name: str
    hub_name: str
    change: Change


def push_prompts(client: Client, prefix: str, names: Iterable[str]) -> list[Moved]:
    """Push prompts as ``PREFIX-NAME``; one whose latest version in the hub says the same is left alone.

    Raises:
        LangSmithError: the service refused or failed.
        UsageError: the prefix or a prompt will not do.
    """
    hub_names = {name: _hub_name(prefix, name) for name in names}
    prompts = {name: load(name) for name in hub_names}
    return [
        Moved(name=name, hub_name=hub_name, change=_push(client, prompts[name], hub_name))
        for name, hub_name in hub_names.items()
    ]


def pull_prompts(client: Client, prefix: str, names: Iterable[str], folder: Path) -> list[Moved]:
    """Write the hub's latest versions of prompts into a folder that ``AWM_PROMPTS_DIR`` can name.

    Nothing is written unless every one of them can be used.

    Raises:
        LangSmithError: the service refused or failed.
        UsageError: the prefix will not do, the hub has none of the prompts, one of them has other variables than ours,
            or the folder cannot be written.
    """
    hub_names = {name: _hub_name(prefix, name) for name in names}
    manifests = {name: manifest_of(client, hub_name) for name, hub_name in hub_names.items()}
    found = {
        name: checked(Prompt(folder / f"{name}.md", text_in(manifest, hub_names[name])))
        for name, manifest in manifests.items()
        if manifest is not None
    }
    if not found:
        raise UsageError(f"expected prompts named {prefix}-... in the hub, found none: push them, or give their prefix")
    changes: dict[str, Change] = {name: _write(prompt) for name, prompt in found.items()}
    return [
        Moved(name=name, hub_name=hub_name, change=changes.get(name, "missing")) for name, hub_name in hub_names.items()
    ]


def _push(client: Client, prompt: Prompt, hub_name: str) -> Change:
    from langchain_core.prompts import ChatPromptTemplate

    latest = manifest_of(client, hub_name)
    form, text = _as_template(prompt.text)
    if latest is not None and only_template(latest).get("template") == text:
        return "unchanged"
    template = ChatPromptTemplate([("human", text)], template_format=form)
    told = f"{prompt.path.stem} of awm-langgraph; its variables are written $like_this" if latest is None else None
    client.push_prompt(hub_name, object=template, description=told)
    return "new" if latest is None else "changed"


def _as_template(text: str) -> tuple[Literal["mustache", "f-string"], str]:
    if _MUSTACHE not in text:
        return "mustache", text
    return "f-string", text.replace("{", "{{").replace("}", "}}")


def _write(prompt: Prompt) -> Change:
    try:
        before = prompt.path.read_text(encoding="utf-8") if prompt.path.exists() else None
        if before == prompt.text:
            return "unchanged"
        prompt.path.parent.mkdir(parents=True, exist_ok=True)
        prompt.path.write_text(prompt.text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write {prompt.path} ({error.strerror}): choose another folder") from None
    return "new" if before is None else "changed"


def _hub_name(prefix: str, name: str) -> str:
    if not _PREFIX.fullmatch(prefix):
        raise UsageError(f"expected a prefix of lower case letters, digits, - and _, found {prefix!r}: give such a one")
    return f"{prefix}-{name}"
