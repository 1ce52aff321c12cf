"""The fork runtime against the spawn runtime, which serves with stock fastapi-mcp over HTTP: the same, call for call.

Every tool of every bundled scenario and of one made of oddities (``oddities.txt``) is called with arguments that fit
its schema and with arguments that do not. Compared are text, error flag, metadata and, after every write, the
database's content. Masked is what no two runs share: times of today, and random identifiers.

``pytest tests/environment/test_parity.py -rP --parity-catalog FOLDER`` does the same for every scenario of an AWM
folder, and prints how many calls were compared.
"""

import asyncio
import contextlib
import itertools
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.catalog import Catalog, Scenario, SeedStatement, Table
from awm_langgraph.environment.database import LiveDatabase
from awm_langgraph.environment.fork.runtime import ForkRuntime
from awm_langgraph.environment.protocol import schema_of
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.environment.seed import build_database
from awm_langgraph.environment.session import McpSession
from awm_langgraph.environment.spawn import SpawnRuntime

CALL_SECONDS = 30.0

_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?")
_RANDOM = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b[0-9a-f]{32}\b")

NASTY = (
    "a?b=c",
    "a#b",
    "a/b",
    "../x",
    "100%",
    "%2F%zz",
    "é 日本 🙂",
    "",
    " ",
    "0",
    "null",
    "x" * 3000,
    "'; DROP--",
    '"\\',
)
WRONG: tuple[Any, ...] = ("4", None, 1.5, -1, 0, 10**30, [], {}, True, "not a number", [None])


def fitting(schema: Mapping[str, Any], definitions: Mapping[str, Any], round_: int) -> Any:
    """Make up a value that a schema allows; rounds differ."""
    if "$ref" in schema:
        return fitting(definitions[schema["$ref"].rpartition("/")[2]], definitions, round_)
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return fitting(schema[choice][round_ % len(schema[choice])], definitions, round_)
    if schema.get("enum"):
        return schema["enum"][round_ % len(schema["enum"])]
    return fitting_type(schema, definitions, round_)


def fitting_type(schema: Mapping[str, Any], definitions: Mapping[str, Any], round_: int) -> Any:
    match schema.get("type"):
        case "integer":
            return max(1, schema.get("minimum", 1)) + round_
        case "number":
            return 0.5 + round_
        case "boolean":
            return round_ % 2 == 0
        case "array":
            return [fitting(schema.get("items", {}), definitions, round_)] * round_
        case "object":
            return {name: fitting(held, definitions, round_) for name, held in schema.get("properties", {}).items()}
        case "null":
            return None
        case _:
            return ("2024-05-01", "alpha", "é 日本", "2024-05-01T10:00:00")[round_ % 4]


def calls_of(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Make up calls of a tool: some that its schema allows, then each property once with every wrong value."""
    properties = schema.get("properties", {})
    definitions = schema.get("$defs", {})
    required = schema.get("required", [])
    whole = [{name: fitting(held, definitions, round_) for name, held in properties.items()} for round_ in range(3)]
    for arguments in whole:
        yield {name: arguments[name] for name in required}
        yield arguments
    yield {}
    yield {**whole[0], "no_such_argument": 1}
    for position, name in enumerate(properties):
        # a tool of many properties tries each with some of the values, which add up to all of them
        step = min(3 * len(properties), 12)
        for value in (WRONG + NASTY)[position % step :: step]:
            yield {**{name: whole[0][name] for name in required}, name: value}


def masked(text: str) -> str:
    """Mask what no two runs share."""
    today = datetime.now(UTC).date()

    def mask(found: re.Match[str]) -> str:
        try:
            is_near = abs(date.fromisoformat(found[0][:10]) - today) <= timedelta(days=1)
        except ValueError:
            return found[0]
        if is_near:
            return "(a time of today)"
        # that many days from now, to the microsecond
        return f"{found[0][:10]} (a moment)" if "." in found[0] else found[0]

    return _RANDOM.sub("(random)", _TIME.sub(mask, text))


class Side:
    """A scenario served by one of the runtimes."""

    def __init__(self, runtime: Runtime, scenario: Scenario, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.database = LiveDatabase(runtime.live_folder(scenario, folder) / "scenario.db")
        self.database.path.parent.mkdir(parents=True, exist_ok=True)
        self.session = McpSession(runtime, scenario, self.database.path, folder / "server.log")

    async def answer(self, tool: str, arguments: dict[str, Any]) -> list[Any]:
        """Call a tool; give all that a client can see, and the database's change counter."""
        result = await self.session.call(tool, arguments, CALL_SECONDS)
        content = [part.model_dump(mode="json", exclude_none=True) for part in result.content]
        mark = self.database.change_mark()
        return [masked(json.dumps(content)), result.isError, result.meta, result.structuredContent, mark]

    def content(self) -> list[str]:
        """Write the database down."""
        with contextlib.closing(sqlite3.connect(self.database.path)) as connection:
            return list(connection.iterdump())

    def catalogue(self) -> list[Any]:
        """List what the agent is told of the tools."""
        return [(tool.name, tool.description, schema_of(tool)) for tool in self.session.tools]


@contextlib.asynccontextmanager
async def both_sides(scenario: Scenario, folder: Path) -> AsyncIterator[tuple[Side, Side]]:
    image = build_database(scenario).image
    forking = ForkRuntime(cache=folder / "cache")
    stock, forked = Side(SpawnRuntime(), scenario, folder / "spawn"), Side(forking, scenario, folder / "fork")
    for side in (stock, forked):
        side.database.write_image(image)
    try:
        await asyncio.gather(stock.session.open(), forked.session.open())
        yield stock, forked
    finally:
        await asyncio.gather(stock.session.close(), forked.session.close())
        await forking.close()


def differences(one: Sequence[str], other: Sequence[str]) -> list[tuple[str | None, str | None]]:
    """List the lines of two dumps that differ in more than is masked."""
    pairs = itertools.zip_longest(one, other)
    return [(a, b) for a, b in pairs if a != b and (a is None or b is None or masked(a) != masked(b))]


async def assert_the_same(scenario: Scenario, folder: Path) -> int:
    """Compare the two runtimes over one scenario; answer the number of calls."""
    calls = errors = writes = 0
    async with both_sides(scenario, folder) as (stock, forked):
        assert forked.catalogue() == stock.catalogue()
        mark = stock.database.change_mark()
        for tool in stock.session.tools:
            for arguments in calls_of(schema_of(tool)):
                answers = await asyncio.gather(stock.answer(tool.name, arguments), forked.answer(tool.name, arguments))
                assert answers[1] == answers[0], f"{tool.name}({arguments})"
                _, is_error, _, _, mark_after = answers[0]
                calls += 1
                errors += is_error
                if mark_after != mark:
                    writes += 1
                    mark = mark_after
                    assert not differences(stock.content(), forked.content()), f"{tool.name}({arguments})"
        assert not differences(stock.content(), forked.content())
        told = f"{scenario.name}: {len(stock.session.tools)} tools, {calls} calls, {errors} errors, {writes} writes"
        print(told)  # noqa: T201 - pytest shows it where it is asked to
    return calls


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", Catalog.open(metafunc.config.getoption("parity_catalog")).names())


async def test_a_scenario_of_the_catalog_answers_the_same(
    name: str, pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    catalog = Catalog.open(pytestconfig.getoption("parity_catalog"))
    assert await assert_the_same(catalog.scenario(name), tmp_path) > 100


async def test_a_scenario_of_oddities_answers_the_same(tmp_path: Path) -> None:
    oddities = Scenario(
        catalog="test",
        name="oddities",
        description="Oddities",
        tables=(Table(name="items", ddl="CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)"),),
        seed=tuple(SeedStatement(table="items", sql=f"INSERT INTO items (name) VALUES ('i{n}')") for n in range(5)),
        code=Path(__file__).with_name("oddities.txt").read_text(),
        tasks=("Be odd.",),
        fingerprint="1" * 64,
    )
    assert await assert_the_same(oddities, tmp_path) > 100
