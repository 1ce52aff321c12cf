"""SQL scripts as lists of statements: no parser, just enough to cut a script where SQLite would."""

from __future__ import annotations

import re
from collections.abc import Iterator

from awm_langgraph.catalog.scenario import SeedStatement, Table

_TOKEN = re.compile(
    r"""(?P<comment> --[^\n]*\n? | /\*.*?(?:\*/|\Z) )
      | (?P<end> ; )
      | (?P<text> '(?:[^']|'')*'? | "(?:[^"]|"")*"? | `(?:[^`]|``)*`? | \[[^\]]*\]? | [^;'"`\[/-]+ | . )""",
    re.VERBOSE | re.DOTALL,
)
_NAME = r"""(?:\w+\s*\.\s*)?(?: "(?P<{0}a>(?:[^"]|"")+)" | `(?P<{0}b>[^`]+)` | \[(?P<{0}c>[^\]]+)\] | (?P<{0}d>\w+) )"""
_TABLE = re.compile(rf"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME.format('t')}", re.VERBOSE | re.IGNORECASE)
_INDEX = re.compile(
    rf"CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME.format('i')}\s+ON\s+{_NAME.format('t')}",
    re.VERBOSE | re.IGNORECASE,
)
_INSERT = re.compile(rf"(?:INSERT(?:\s+OR\s+\w+)?|REPLACE)\s+INTO\s+{_NAME.format('t')}", re.VERBOSE | re.IGNORECASE)


def split(script: str) -> Iterator[str]:
    """Cut a script into statements, each ending in ``;``; comments around them are left out."""
    pieces: list[str] = []
    for token in _TOKEN.finditer(script):
        if token["comment"] and not pieces:
            continue
        if token["text"] and not pieces and token[0].isspace():
            continue
        pieces.append(token[0])
        if token["end"]:
            statement = "".join(pieces).strip()
            pieces.clear()
            if statement != ";":
                yield statement
    if rest := "".join(pieces).strip():
        yield f"{rest};"


def tables_of(script: str) -> tuple[Table, ...]:
    """Read a schema: tables in their order, each with the statements that index it.

    Raises:
        ValueError: A statement is neither CREATE TABLE nor CREATE INDEX on a table before it.
    """
    tables: dict[str, Table] = {}
    for statement in split(script):
        if table := _TABLE.match(statement):
            tables[_name(table).lower()] = Table(name=_name(table), ddl=statement)
        elif (index := _INDEX.match(statement)) and (indexed := tables.get(_name(index).lower())):
            tables[indexed.name.lower()] = indexed.model_copy(update={"indexes": (*indexed.indexes, statement)})
        else:
            raise ValueError(f"expected CREATE TABLE, or CREATE INDEX on a table above, found {_start(statement)}")
    return tuple(tables.values())


def seed_of(script: str) -> tuple[SeedStatement, ...]:
    """Read seed rows.

    Raises:
        ValueError: A statement is no INSERT.
    """
    return tuple(SeedStatement(table=_inserted(statement), sql=statement) for statement in split(script))


def inserted_table(statement: str) -> str | None:
    """Return the name of the table that a statement inserts into; None where it is no INSERT."""
    insert = _INSERT.match(statement.lstrip())
    return _name(insert) if insert else None


def _inserted(statement: str) -> str:
    table = inserted_table(statement)
    if table is None:
        raise ValueError(f"expected INSERT INTO, found {_start(statement)}")
    return table


def _name(match: re.Match[str]) -> str:
    groups = match.groupdict()
    name = next(groups[key] for key in ("ta", "tb", "tc", "td") if groups[key])
    return name.replace('""', '"') if groups["ta"] else name


def _start(statement: str) -> str:
    words = " ".join(statement.split())
    return f"`{words if len(words) <= 60 else words[:60] + '...'}`"
