"""What the LangSmith SDK puts on the wire: JSON or multipart, as it is or compressed."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import zstandard

_NAME = re.compile(rb'name="([^"]*)"')
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')


@dataclass(frozen=True)
class Arrived:
    """One request as it arrived. Header names are in lower case; the body is unpacked."""

    method: str
    path: str
    query: Mapping[str, tuple[str, ...]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def key(self) -> str:
        """Return the API key it carried; "" if none."""
        return self.headers.get("x-api-key", "")

    @property
    def is_compressed(self) -> bool:
        """Tell whether its body was compressed on the way."""
        return bool(self.headers.get("content-encoding"))

    def json(self) -> Any:
        """Read a JSON body; None where there is none."""
        return json.loads(self.body) if self.body else None

    def parts(self) -> Iterator[tuple[str, Any]]:
        """Read a multipart body: each part's name, and its JSON content or what it says otherwise."""
        found = _BOUNDARY.search(self.headers.get("content-type", ""))
        if found is None:
            return
        for part in self.body.split(b"--" + found[1].encode())[1:-1]:
            head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            name = _NAME.search(head)
            if name is not None:
                yield name[1].decode(), _content(content.removesuffix(b"\r\n"))


def unpacked(body: bytes, encoding: str) -> bytes:
    """Undo a ``Content-Encoding``."""
    match encoding:
        case "zstd":
            # the SDK streams into its frame, which then does not say how long it is
            return zstandard.ZstdDecompressor().decompressobj().decompress(body)
        case "gzip":
            return zlib.decompress(body, zlib.MAX_WBITS | 16)
        case _:
            return body


def _content(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content
