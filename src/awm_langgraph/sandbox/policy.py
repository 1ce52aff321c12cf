"""What a confined process may still use."""

from __future__ import annotations

import os
import sys
import sysconfig
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

MEBIBYTE = 1024 * 1024

_ZYGOTE_CPU_SECONDS = 24 * 3600

_SYSTEM_PATHS = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/zoneinfo",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/mime.types",
    "/dev/random",
    "/dev/urandom",
    "/dev/zero",
)


@dataclass(frozen=True, slots=True)
class Policy:
    """The paths and the amounts that are left to a confined process. There is never a network or ``exec``.

    ``memory_bytes`` bounds the address space, ``file_bytes`` one file, ``cpu_seconds`` the process's life in CPU time.
    ``is_server`` allows accepting connections on a listening socket that the process was given; ``is_zygote`` allows
    ``fork``, and confining what is forked further. Without it there is none.
    """

    read_paths: tuple[str, ...]
    write_paths: tuple[str, ...]
    memory_bytes: int
    cpu_seconds: int
    file_bytes: int
    open_files: int
    is_server: bool = False
    is_zygote: bool = False


def verifier_policy(folder: Path, cpu_seconds: int) -> Policy:
    """Leave a verifier the standard library and its own folder."""
    return Policy(
        read_paths=library_paths(),
        write_paths=(str(folder), os.devnull),
        memory_bytes=512 * MEBIBYTE,
        cpu_seconds=cpu_seconds,
        file_bytes=64 * MEBIBYTE,
        open_files=256,
    )


def scenario_policy(folder: Path) -> Policy:
    """Leave a scenario's server that talks over an inherited socket pair the installed libraries and its own folder."""
    return Policy(
        read_paths=installed_paths(),
        write_paths=(str(folder), os.devnull),
        memory_bytes=1024 * MEBIBYTE,
        cpu_seconds=600,
        file_bytes=256 * MEBIBYTE,
        open_files=256,
    )


def http_scenario_policy(folder: Path) -> Policy:
    """Leave a scenario's server the same, and the right to accept connections on an inherited listening socket."""
    return replace(scenario_policy(folder), is_server=True)


def zygote_scenario_policy(territory: Path) -> Policy:
    """Leave a process that forks a scenario's servers what they need, a folder around theirs, and a long life."""
    return replace(scenario_policy(territory), is_zygote=True, cpu_seconds=_ZYGOTE_CPU_SECONDS)


@cache
def library_paths() -> tuple[str, ...]:
    """List what the standard library and the C libraries under it read: code, time zones, random devices."""
    python = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), os.path.join(sys.base_prefix, "lib"))
    return _outermost((*python, *_SYSTEM_PATHS))


@cache
def installed_paths() -> tuple[str, ...]:
    """List the same and where installed packages, and this one, are read from."""
    ours = str(Path(__file__).parents[1])
    return _outermost((*library_paths(), sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), ours))


def _outermost(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Resolve the paths that exist and leave out those beneath another: each rule costs time in every child."""
    real = sorted({os.path.realpath(path) for path in paths if os.path.exists(path)})
    return tuple(path for path in real if not any(path.startswith(other + os.sep) for other in real))
