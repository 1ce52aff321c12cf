"""The cookies that an application sets, sent back as httpx's client does. Imported by the rare child that has some."""

from __future__ import annotations

import email.message
import urllib.request
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from typing import cast

from awm_langgraph.environment.fork.inside.answer import Response
from awm_langgraph.environment.fork.inside.request import Request


class Cookies:
    """One client's cookies: the standard library's, which is what httpx uses."""

    def __init__(self) -> None:
        self._jar = CookieJar()

    def keep(self, request: Request, response: Response) -> None:
        """Take up what a response sets."""
        self._jar.extract_cookies(cast("HTTPResponse", _Headers(response)), _addressed(request))

    def header(self, request: Request) -> tuple[tuple[bytes, bytes], ...]:
        """Answer the header that a request must have, or none."""
        addressed = _addressed(request)
        self._jar.add_cookie_header(addressed)
        value = addressed.get_header("Cookie")
        return ((b"cookie", value.encode("latin-1")),) if value else ()


class _Headers:
    """A response as far as a cookie jar wants to know it."""

    def __init__(self, response: Response) -> None:
        self._headers = email.message.Message()
        for name, value in response.headers:
            self._headers[name.decode("latin-1")] = value.decode("latin-1")

    def info(self) -> email.message.Message:
        """Answer the headers."""
        return self._headers


def _addressed(request: Request) -> urllib.request.Request:
    return urllib.request.Request(f"http://apiserver{request.raw_path.decode('ascii')}", method=request.method)
