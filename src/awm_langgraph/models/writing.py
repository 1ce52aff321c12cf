"""Write what a model reads: values as one line, long texts cut."""

from __future__ import annotations

import json
import re

_BREAKS_A_LINE_OR_UTF8 = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def one_line_json(value: object) -> str:
    """Write JSON that is one line for every reader and can be sent to every server, with readable letters."""
    text = json.dumps(value, ensure_ascii=False)
    return _BREAKS_A_LINE_OR_UTF8.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def shorten(text: str, limit_characters: int) -> str:
    """Cut a text that is too long and say by how much."""
    left_out = len(text) - limit_characters
    return text if left_out <= 0 else f"{text[:limit_characters]}\n[... {left_out} characters left out]"
