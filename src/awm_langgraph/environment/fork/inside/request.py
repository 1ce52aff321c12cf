"""A tool call as the HTTP request that fastapi-mcp makes of it.

fastapi-mcp builds its requests with httpx, which takes too long to import and to run in every episode's child. Here
stands what httpx 0.28 does to a path, a query and a body, error messages included; the tests compare the two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode

_MAX_URL_CHARS = 65536
_HAS_BODY = frozenset({"POST", "PUT", "PATCH"})
_PATH_SAFE = frozenset(map(chr, range(0x21, 0x7F))) - frozenset('"#<>?`{}')
_AUTHORITY = re.compile("//[^/?#]*")

_DEFAULT_HEADERS = (
    (b"accept", b"*/*"),
    # httpx asks for gzip and unpacks it; asking for none gives the same text
    (b"accept-encoding", b"identity"),
    (b"connection", b"keep-alive"),
    (b"user-agent", b"python-httpx/0.28.1"),
)


@dataclass(frozen=True, slots=True)
class Operation:
    """The HTTP operation behind a tool. ``method`` is upper case; the rest of the arguments goes into the body."""

    method: str
    path: str
    path_names: tuple[str, ...] = ()
    query_names: tuple[str, ...] = ()
    header_names: tuple[str, ...] = ()


def operations_of(described: Mapping[str, Iterable[Any]]) -> dict[str, Operation]:
    """Read operations as a scenario's interface holds them."""
    return {
        name: Operation(method, path, tuple(path_names), tuple(query_names), tuple(header_names))
        for name, (method, path, path_names, query_names, header_names) in described.items()
    }


@dataclass(frozen=True, slots=True)
class Request:
    """What ASGI needs to know of a request."""

    method: str
    path: str
    raw_path: bytes
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


def request_for(operation: Operation, arguments: Mapping[str, Any]) -> Request:
    """Build the request of one call.

    Raises:
        ValueError: the arguments fit into no URL or no JSON; the message is the one that httpx gives.
        TypeError: a header's value is no text.
    """
    left = dict(arguments)
    path = operation.path
    for name in operation.path_names:
        if name in left:
            path = path.replace(f"{{{name}}}", str(left.pop(name)))
    query_arguments = {name: left.pop(name) for name in operation.query_names if name in left}
    header_arguments = {name: left.pop(name) for name in operation.header_names if name in left}
    raw_path = _quoted_path(path)
    headers = {name.lower(): _header_value(value) for name, value in header_arguments.items()}
    query = _query_of(query_arguments)
    body = _json_of(left) if operation.method in _HAS_BODY and left else b""
    return Request(
        method=operation.method,
        path=unquote(raw_path),
        raw_path=raw_path.encode("ascii"),
        query=query.encode("ascii"),
        headers=_headers(operation.method, headers, body),
        body=body,
    )


def _query_of(arguments: Mapping[str, Any]) -> str:
    pairs = []
    for name, value in arguments.items():
        values = value if isinstance(value, list) else [value]
        pairs += [(name, _query_value(one)) for one in values]
    query = urlencode(pairs)
    if len(query) > _MAX_URL_CHARS:
        raise ValueError("URL component 'query' too long")
    return query


def _query_value(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted_path(path: str) -> str:
    """Give a path the way httpx does: without query and fragment, quoted, without dot segments."""
    if len(path) > _MAX_URL_CHARS:
        raise ValueError("URL too long")
    _refuse_control_characters(path)
    path = re.split("[?#]", _AUTHORITY.sub("", path, count=1) if path.startswith("//") else path, maxsplit=1)[0]
    quoted = "/" + _quoted(path).lstrip("/")
    if len(quoted) > _MAX_URL_CHARS:
        raise ValueError("URL component 'path' too long")
    return _without_dot_segments(quoted)


def _refuse_control_characters(path: str) -> None:
    for position, char in enumerate(path):
        if char.isascii() and not char.isprintable():
            raise ValueError(f"Invalid non-printable ASCII character in URL, {char!r} at position {position}.")


def _quoted(text: str) -> str:
    """Percent-encode all but what may stand in a path; a percent sign may, so what is encoded already stays."""
    if _PATH_SAFE.issuperset(text):
        return text
    return "".join(char if char in _PATH_SAFE else "".join(f"%{byte:02X}" for byte in char.encode()) for char in text)


def _without_dot_segments(path: str) -> str:
    segments = path.split("/")
    if "." not in segments and ".." not in segments:
        return path
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            if kept and kept != [""]:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)


def _json_of(arguments: Mapping[str, Any]) -> bytes:
    return json.dumps(arguments, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _header_value(value: object) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"Header value must be str or bytes, not {type(value)}")
    return value.encode("ascii")


def _headers(method: str, own: Mapping[str, bytes], body: bytes) -> tuple[tuple[bytes, bytes], ...]:
    names = {name.encode("ascii") for name in own}
    headers = [(b"host", b"apiserver")]
    if method in _HAS_BODY and not body:
        headers.append((b"content-length", b"0"))
    headers += [header for header in _DEFAULT_HEADERS if header[0] not in names]
    headers += [(name.encode("ascii"), value) for name, value in own.items()]
    if body:
        headers += [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
    return tuple(headers)
