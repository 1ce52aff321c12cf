"""Prompts that the settings choose from LangSmith's hub, fetched once and the same from then on.

A prompt of the hub is only read, and never loaded as the program that it may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import lru_cache
from string import Formatter
from threading import Lock
from typing import TYPE_CHECKING, Any

from awm_langgraph.errors import UsageError
from awm_langgraph.langsmith_service import Service, required_service, told_plainly

if TYPE_CHECKING:
    from langsmith import Client

_MUSTACHE = "{{"
_TIMEOUTS_MS = (3_000, 4_000)
"""To connect, and to read, each tried four times: an episode waits for it."""

_one_at_a_time = Lock()


def hub_texts(chosen: Mapping[str, str]) -> Mapping[str, str]:
    """Give the texts of chosen prompts by our names for them; one without a commit is the latest when first asked for.

    Fetches them all the first time, which blocks; what this process has fetched does not change any more.

    Args:
        chosen: from our names to the hub's, each ``NAME``, ``OWNER/NAME``, or either with ``:COMMIT`` or ``:TAG``.

    Raises:
        UsageError: there is no key, the service cannot be reached, or one of them is not there or cannot be read.
    """
    with _one_at_a_time:
        return _fetched(tuple(sorted(chosen.items())), required_service())


@lru_cache(maxsize=16)
def _fetched(chosen: tuple[tuple[str, str], ...], service: Service) -> Mapping[str, str]:
    with told_plainly(service), closing(service.client(timeout_ms=_TIMEOUTS_MS)) as client:
        return {name: _text_of(client, hub_name, service) for name, hub_name in chosen}


def _text_of(client: Client, hub_name: str, service: Service) -> str:
    try:
        manifest = manifest_of(client, hub_name)
    except ValueError:
        raise UsageError(
            f"expected a prompt's name in LangSmith's hub, found {hub_name!r}: write NAME, OWNER/NAME, or NAME:COMMIT"
        ) from None
    if manifest is None:
        raise UsageError(f"LangSmith at {service.url} has no prompt {hub_name}: push it, or correct its name")
    return text_in(manifest, hub_name)


def manifest_of(client: Client, hub_name: str) -> dict[str, Any] | None:
    """Ask for a prompt as the hub keeps it; None where it is not there.

    Raises:
        LangSmithError: the service refused or failed.
        ValueError: it cannot be a name.
    """
    from langsmith.utils import LangSmithNotFoundError

    try:
        # what makes strangers' prompts dangerous is loading them, which we never do
        return client.pull_prompt_commit(hub_name, dangerously_pull_public_prompt=True).manifest
    except LangSmithNotFoundError:
        return None


def text_in(manifest: Mapping[str, Any], hub_name: str) -> str:
    """Take our text out of a prompt of the hub.

    Raises:
        UsageError: it is no prompt of one message, or has variables of the hub's own.
    """
    template = only_template(manifest)
    text = template.get("template")
    if not isinstance(text, str):
        raise UsageError(f"expected a prompt with one message of text in {hub_name}, found another kind: correct it")
    text = text.replace("\r\n", "\n")
    try:
        plain = text if template.get("template_format") == "mustache" else "".join(_literals(text))
    except ValueError:
        plain = None
    if plain is None or (plain is text and _MUSTACHE in text):
        raise UsageError(f"expected variables written $like_this in {hub_name}, found some in braces: correct them")
    return plain


def only_template(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """Find the one template in a string prompt, or in a chat prompt of one message."""
    inner: Any = manifest.get("kwargs", {})
    for _ in range(2):
        messages = inner.get("messages", [])
        if len(messages) == 1:
            inner = messages[0].get("kwargs", {})
        inner = inner.get("prompt", {}).get("kwargs", inner)
    return inner if isinstance(inner, dict) else {}


def _literals(text: str) -> Iterable[str]:
    """Undo an f-string that has no fields."""
    for literal, field, _, _ in Formatter().parse(text):
        if field is not None:
            raise ValueError(f"a field: {field}")
        yield literal
