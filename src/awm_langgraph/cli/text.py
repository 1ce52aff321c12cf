"""Text from models, tools and data sets, made fit for a terminal.

Whatever is printed passes here first: such text may hold control sequences that move the cursor, retitle the window or
reverse the reading direction.
"""

from __future__ import annotations

import json
import re

_CONTROL_SEQUENCE = re.compile(
    r"""\x1b (?: \[ [0-?]* [\ -/]* [@-~]                    # colours and cursor movements
              | [\]PX^_] .*? (?: \x07 | \x1b\\ | \Z )       # window titles, links and other strings
              | . )?
      | \x9b [0-?]* [\ -/]* [@-~]                           # the same as ESC [ in one character
    """,
    re.VERBOSE | re.DOTALL,
)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters but for tab and line feed, line separators, and marks that reorder text (UAX #9)."""
_HALF_PAIR = re.compile(r"[\ud800-\udfff]")
_TAB_WIDTH = 4


def safe(text: str) -> str:
    """Take out of a text what a terminal would obey rather than show; line feeds stay."""
    shown = _UNPRINTABLE.sub("", _CONTROL_SEQUENCE.sub("", text))
    return _HALF_PAIR.sub("\ufffd", shown).expandtabs(_TAB_WIDTH)


def one_line(text: str) -> str:
    """Make a text safe and put it on one line, each run of white space as one blank."""
    return " ".join(safe(text).split())


def shortened(text: str, limit: int) -> str:
    """Cut a text after ``limit`` characters and say how much is left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit].rstrip()} ... ({len(text) - limit:,} more characters)"


def as_json(value: object) -> str:
    """Write arguments or evidence as JSON on one line, safe to show."""
    return one_line(json.dumps(value, ensure_ascii=False, default=str))


def compact(text: str) -> str:
    """Put a tool's result on one line; JSON, which servers like to indent, without its white space."""
    try:
        return as_json(json.loads(text))
    except ValueError:
        return one_line(text)


def sized(size_bytes: int) -> str:
    """Write a number of bytes in the unit that suits it: ``812 B``, ``3.4 MB``."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:,.0f} B" if unit == "B" else f"{size:,.1f} {unit}"


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 step``, ``3 steps``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
