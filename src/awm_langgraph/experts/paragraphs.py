"""Prompts whose paragraphs drop out when there is nothing to say in them."""

from __future__ import annotations

from awm_langgraph.prompts import load

_ABSENT = "\0"
"""Marks the paragraphs of a prompt that have nothing to say, which are left out."""


def render_paragraphs(name: str, **values: str | int) -> str:
    """Fill a prompt in; a paragraph with a variable whose value is an empty text is left out.

    Raises:
        UsageError: there is no such prompt, or a variable is missing or unknown.
    """
    known = {key: str(value).replace(_ABSENT, "") or _ABSENT for key, value in values.items()}
    text = load(name).render(**known)
    return "\n\n".join(paragraph for paragraph in text.split("\n\n") if _ABSENT not in paragraph)
