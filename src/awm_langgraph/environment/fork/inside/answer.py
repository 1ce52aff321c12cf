"""An HTTP response as the MCP result that fastapi-mcp makes of it."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from typing import Any

from awm_langgraph.environment.result_meta import REFUSED_REQUEST_HEADER, REFUSED_REQUEST_META, STATUS_META

Result = dict[str, Any]
"""An MCP ``CallToolResult`` in JSON's types."""

_REFUSED_REQUEST = REFUSED_REQUEST_HEADER.encode()


@dataclass(frozen=True, slots=True)
class Response:
    """What an application answered."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


def result_of(tool: str, response: Response) -> Result:
    """Turn a response into a result: JSON indented by two, other text as it is, a status from 400 on as an error."""
    noted: dict[str, Any] = {STATUS_META: response.status}
    if any(name.lower() == _REFUSED_REQUEST for name, _ in response.headers):
        noted[REFUSED_REQUEST_META] = True
    try:
        return _text_result(_shown(tool, response), is_error=400 <= response.status < 600, noted=noted)
    except (ValueError, RecursionError) as error:
        # a body that claims to be text and is none: fastapi-mcp answers with the decoder's complaint
        return _text_result(str(error), is_error=True, noted=noted)


def refusal_of(complaint: object) -> Result:
    """Turn the reason why no request was made of the arguments into a result."""
    return _text_result(str(complaint), is_error=True, noted={REFUSED_REQUEST_META: True})


def failure_of(error: object) -> Result:
    """Turn what went wrong while the application answered into the result that fastapi-mcp gives for it."""
    return _text_result(str(error), is_error=True, noted={})


def _shown(tool: str, response: Response) -> str:
    try:
        text = json.dumps(json.loads(response.body), indent=2, ensure_ascii=False)
    except json.JSONDecodeError:
        text = _decoded(response)
    if 400 <= response.status < 600:
        return f"Error calling {tool}. Status code: {response.status}. Response: {_decoded(response)}"
    return text


def _decoded(response: Response) -> str:
    return response.body.decode(_charset(response.headers), errors="replace")


def _charset(headers: Iterable[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name.lower() == b"content-type" and b"charset" in value.lower():
            message = Message()
            message["content-type"] = value.decode("latin-1")
            charset = message.get_content_charset() or "utf-8"
            return charset if _is_known(charset) else "utf-8"
    return "utf-8"


def _is_known(charset: str) -> bool:
    try:
        codecs.lookup(charset)
    except LookupError:
        return False
    return True


def _text_result(text: str, *, is_error: bool, noted: dict[str, Any]) -> Result:
    return {"_meta": noted, "content": [{"type": "text", "text": text}], "isError": is_error}
