import string
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from awm_langgraph.environment.fork.inside.request import Operation, Request, request_for

ITEM = Operation("GET", "/api/items/{name}", path_names=("name",), query_names=("q", "tags"), header_names=("X-Trace",))

_nasty = st.text(alphabet=st.sampled_from(string.printable + "äé€日🙂\u200b{}%?#/.\\"), max_size=12)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _nasty,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_nasty, inner, max_size=3),
    max_leaves=6,
)
_client = httpx.AsyncClient(base_url="http://apiserver", transport=httpx.MockTransport(lambda _: httpx.Response(200)))


def by_httpx(operation: Operation, arguments: dict[str, Any]) -> httpx.Request:
    """Build the request with the steps of fastapi-mcp and the real httpx."""
    left = dict(arguments)
    path = operation.path
    for name in operation.path_names:
        if name in left:
            path = path.replace(f"{{{name}}}", str(left.pop(name)))
    query = {name: left.pop(name) for name in operation.query_names if name in left}
    headers = {name: left.pop(name) for name in operation.header_names if name in left}
    body: dict[str, Any] = {} if operation.method in ("GET", "DELETE") else {"json": left or None}
    return _client.build_request(operation.method, path, params=query, headers=headers, **body)


def outcome(build: Any, *arguments: Any) -> tuple[Any, ...]:
    """Give a request's parts, or the words of the error that it ends in."""
    try:
        request = build(*arguments)
    except Exception as error:  # noqa: BLE001 - which error is what is compared
        return ("error", str(error))
    if isinstance(request, Request):
        headers = dict(request.headers)
        return request.method, request.path, request.raw_path, request.query, request.body, _shown(headers)
    raw_path = request.url.raw_path.split(b"?")[0]
    headers = {name.lower(): value for name, value in request.headers.raw}
    return request.method, request.url.path, raw_path, request.url.query, request.content, _shown(headers)


def _shown(headers: dict[bytes, bytes]) -> dict[bytes, bytes]:
    return {name: value for name, value in headers.items() if name != b"accept-encoding"}


@given(name=_nasty)
@example(name="a?b=c")
@example(name="a#b")
@example(name="../../x")
@example(name="a%2Fb%zz")
@example(name="/leading/and/trailing/")
@example(name="日本 語")
@example(name="line\nbreak")
@example(name="x" * 70_000)
@example(name="ä" * 30_000)
def test_a_path_is_built_as_httpx_builds_it(name: str) -> None:
    assert outcome(request_for, ITEM, {"name": name}) == outcome(by_httpx, ITEM, {"name": name})


@given(q=_json, tags=st.lists(_json, max_size=3))
@example(q="x" * 70_000, tags=[])
def test_a_query_is_built_as_httpx_builds_it(q: Any, tags: list[Any]) -> None:
    arguments = {"name": "n", "q": q, "tags": tags}
    assert outcome(request_for, ITEM, arguments) == outcome(by_httpx, ITEM, arguments)


@given(
    method=st.sampled_from(["GET", "DELETE", "POST", "PUT", "PATCH"]), body=st.dictionaries(_nasty, _json, max_size=3)
)
@example(method="POST", body={"x": float("nan")})
@example(method="POST", body={"x": "\ud800"})
def test_a_body_and_its_headers_are_built_as_httpx_builds_them(method: str, body: dict[str, Any]) -> None:
    operation = Operation(method, "/api/items")
    assert outcome(request_for, operation, body) == outcome(by_httpx, operation, body)


@pytest.mark.parametrize("value", ["plain", "ümlaut", 7, None])
def test_a_header_is_refused_with_the_words_of_httpx(value: object) -> None:
    arguments = {"name": "n", "X-Trace": value}
    assert outcome(request_for, ITEM, arguments) == outcome(by_httpx, ITEM, arguments)


def test_a_path_parameter_that_is_missing_leaves_its_placeholder() -> None:
    assert outcome(request_for, ITEM, {}) == outcome(by_httpx, ITEM, {})
