"""What a scenario remembers between calls, so far as it can be looked into; what cannot is an error, not an omission.

A zygote rehearses a tool only if the tool leaves nothing here: whatever it left would be in every later episode.
"""

from __future__ import annotations

import functools
import itertools
import logging
import operator
import os
import re
import signal
import sys
import threading
import types
import warnings
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal, getcontext
from fractions import Fraction
from pathlib import PurePath
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from starlette.datastructures import State

from awm_langgraph.environment.scenario_app import MODULE_NAME

_SCALARS = {str, bytes, int, float, complex, bool, Decimal, Fraction, date, datetime, time, timedelta, UUID}
_STATELESS = (
    types.NoneType,
    types.EllipsisType,
    types.NotImplementedType,
    types.ModuleType,  # all of them are looked at by themselves
    types.GenericAlias,
    types.UnionType,
    types.CodeType,
    types.MemberDescriptorType,
    types.GetSetDescriptorType,
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    PurePath,
    range,
    re.Pattern,
    slice,
    tzinfo,
    operator.attrgetter,
    operator.itemgetter,
)
_MAPPINGS = (dict, types.MappingProxyType)
_SEQUENCES = (list, tuple, set, frozenset, deque)
_CONTAINERS = {*_MAPPINGS, *_SEQUENCES, OrderedDict, defaultdict, Counter}
_TOLD_BY_REPR = (itertools.count, type(threading.Lock()), type(threading.RLock()), bytearray)
_LIBRARIES = {"abc", "dataclasses", "enum", "fastapi", "logging", "pydantic", "pydantic_core", "sqlalchemy"}
_LIBRARIES |= {"annotated_types", "starlette", "typing", "typing_extensions"}
"""Packages whose objects keep nothing of a scenario but what it gave them."""

_ALIVE_MODULES = {"asyncio.events", "cython_runtime", MODULE_NAME}
"""Modules whose globals change with every call, and the scenario's own, whose globals are looked into."""

_COLUMNS = ("sqlalchemy.sql.", "sqlalchemy.orm.attributes")
"""Modules whose objects are written to by the rest of their library."""

_BASES = {MODULE_NAME, "builtins", "collections", *_LIBRARIES}
_MODULES_OWN = {*vars(types.ModuleType("")), "__builtins__", "__annotations__"}
_EMPTY_CELL = types.CellType()

_Seen = dict[int, object]


class OpaqueError(Exception):
    """A scenario keeps something that cannot be looked into."""


def memory_of(names: Mapping[str, Any]) -> object:
    """Collect what a scenario with these globals remembers: in its own objects and in its process.

    Two answers are compared with ``==``.

    Raises:
        OpaqueError: it cannot be told.
    """
    own = {name: value for name, value in names.items() if name not in _MODULES_OWN}
    return _items(own, {}), _process()


def _process() -> object:
    handlers = [signal.getsignal(number) for number in signal.valid_signals() if number != signal.SIGALRM]
    loggers = [
        logging.root,
        *(one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)),
    ]
    logs = [(one.name, one.level, one.disabled, one.handlers[:], one.filters[:]) for one in loggers if _is_set_up(one)]
    settings = [
        repr(getcontext()),
        sys.path[:],
        warnings.filters[:],
        sys.getrecursionlimit(),
        logging.root.manager.disable,
    ]
    modules = {
        name: (tuple(vars(module)), tuple(vars(module).values()))
        for name, module in list(sys.modules.items())
        if name not in _ALIVE_MODULES and type(module) is types.ModuleType and not _is_of_library(name)
    }
    return dict(os.environ), os.getcwd(), threading.active_count(), handlers, logs, settings, modules


def _is_set_up(logger: logging.Logger) -> bool:
    return bool(logger.handlers or logger.filters or logger.level or logger.disabled)


def _look(value: Any, seen: _Seen) -> object:
    """Collect what a value remembers."""
    kind = type(value)
    if kind in _SCALARS:
        return value
    if id(value) in seen:
        return None
    # held, so that no other object comes to have its number meanwhile
    seen[id(value)] = value
    if isinstance(value, _STATELESS) or kind is object:
        return None
    if kind in _CONTAINERS:
        return _contents(value, seen)
    if kind in _TOLD_BY_REPR:
        return repr(value)
    for kinds, parts in _PARTS:
        if isinstance(value, kinds):
            return [_look(part, seen) for part in parts(value)]
    return _look_at_class(value, seen) if isinstance(value, type) else _look_at_instance(value, seen)


def _items(items: Mapping[Any, Any], seen: _Seen) -> object:
    return [(repr(key), _look(held, seen)) for key, held in items.items()]


def _contents(value: Any, seen: _Seen) -> object:
    if isinstance(value, _MAPPINGS):
        return _items(value, seen)
    return [_look(held, seen) for held in value] if isinstance(value, _SEQUENCES) else None


def _look_at_class(value: type, seen: _Seen) -> object:
    if value.__module__ != MODULE_NAME:
        return _surface(vars(value))
    _check_bases(value)
    own = {name: held for name, held in vars(value).items() if not _is_internal(name)}
    return _items(own, seen), [_look(base, seen) for base in value.__bases__]


def _look_at_instance(value: Any, seen: _Seen) -> object:
    kind = type(value)
    if kind.__module__ in (MODULE_NAME, "types"):
        _check_bases(kind)
        attributes = {**_slots(value), **getattr(value, "__dict__", {})}
        own = {name: held for name, held in attributes.items() if not name.startswith("_sa_")}
        return _look(kind, seen), _items(own, seen), _contents(value, seen)
    if kind.__module__.startswith(_COLUMNS):
        return None
    if _is_of_library(kind.__module__):
        return _look_at_library_object(value, seen)
    raise OpaqueError(f"a {kind.__module__}.{kind.__qualname__} cannot be looked into")


def _look_at_library_object(value: Any, seen: _Seen) -> object:
    """Look at what a scenario gave a library's object: attributes that it does not have by itself, and own values."""
    attributes = {name: held for name, held in getattr(value, "__dict__", {}).items() if not name.startswith("__")}
    kind: Any = type(value)
    own = _names_used_by(kind)
    added = {name: held for name, held in attributes.items() if name not in own}
    given = {name: held for name, held in attributes.items() if name in own and _is_scenarios(held)}
    more = _parts_of_application(value) if isinstance(value, FastAPI) else ()
    return _items(added, seen), _items(given, seen), [_look(part, seen) for part in more]


def _parts_of_application(app: FastAPI) -> Iterator[object]:
    yield from (app.state._state, vars(app).get("extra"), app.dependency_overrides, app.exception_handlers)
    for route in app.routes:
        yield getattr(route, "endpoint", None)
    for middleware, *given in app.user_middleware:
        if _is_scenarios(middleware):
            # the one that serves is made at the first call, inside the application
            raise OpaqueError(f"middleware {middleware} cannot be looked into")
        yield given


def _parts_of_function(value: types.FunctionType) -> Iterable[object]:
    if value.__module__ != MODULE_NAME:
        return ()
    enclosed = [cell.cell_contents for cell in value.__closure__ or () if cell != _EMPTY_CELL]
    return vars(value), value.__defaults__, value.__kwdefaults__, enclosed


_PARTS: tuple[tuple[Any, Callable[[Any], Iterable[object]]], ...] = (
    (types.FunctionType, _parts_of_function),
    (types.BuiltinFunctionType, lambda value: [] if isinstance(value.__self__, type) else [value.__self__]),
    (types.MethodType, lambda value: (value.__self__, value.__func__)),
    ((staticmethod, classmethod), lambda value: [value.__func__]),
    (property, lambda value: (value.fget, value.fset, value.fdel)),
    (functools.cached_property, lambda value: [value.func]),
    (functools.partial, lambda value: (value.func, value.args, value.keywords, vars(value))),
    (functools._lru_cache_wrapper, lambda value: [tuple(value.cache_info()), value.__wrapped__]),
    (State, lambda value: [value._state]),
)
"""What the makers of other objects put into them."""


def _is_scenarios(value: object) -> bool:
    return MODULE_NAME in (getattr(value, "__module__", ""), type(value).__module__)


def _surface(names: Mapping[str, object]) -> object:
    """Note a library's class: its public names, and values among them."""
    public = {name: value for name, value in names.items() if not name.startswith("_")}
    return sorted(public), [(name, value) for name, value in public.items() if type(value) in _SCALARS]


def _is_of_library(module: str) -> bool:
    return module.partition(".")[0] in _LIBRARIES


def _is_internal(name: str) -> bool:
    return name.startswith(("_sa_", "_abc_")) or (name.startswith("__") and name.endswith("__"))


def _check_bases(kind: type) -> None:
    """Refuse what may inherit memory from a class written in C."""
    for base in kind.__mro__:
        if base.__module__.partition(".")[0] not in _BASES and base is not types.SimpleNamespace:
            raise OpaqueError(f"a {base.__module__}.{base.__qualname__} cannot be looked into")


def _slots(value: object) -> dict[str, object]:
    found = {}
    for base in type(value).__mro__:
        for name, slot in vars(base).items():
            if isinstance(slot, types.MemberDescriptorType):
                found[name] = getattr(value, slot.__name__, None)
    return found


@functools.cache
def _names_used_by(kind: type) -> frozenset[str]:
    """Name the attributes that a class and the functions in it know of."""
    names: set[str] = set()
    for base in kind.__mro__:
        names.update(vars(base))
        names.update(getattr(base, "__annotations__", ()))
        for held in vars(base).values():
            code = getattr(getattr(held, "__func__", held), "__code__", None)
            names.update(code.co_names if code else ())
    return frozenset(names)
