"""What ``doctor`` looks at: each check answers with one finding and raises what it cannot answer."""

from __future__ import annotations

import asyncio
import platform
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Literal

from awm_langgraph import __version__
from awm_langgraph.cli import interruption
from awm_langgraph.cli.text import counted, sized
from awm_langgraph.episode import Solution, Value
from awm_langgraph.errors import AwmError, EpisodeError
from awm_langgraph.settings import ROLES, Role, Settings, expanded, variable

State = Literal["ok", "notice", "problem"]

_LIBRARIES = ("langgraph", "langchain", "langchain-openai", "langchain-mcp-adapters", "mcp", "fastapi-mcp")
_SQLITE_FEATURES = ("serialize", "setlimit", "backup")
_INSTALL = "install awm-langgraph again into a fresh virtual environment"
_TRIAL_SCENARIO = "support_desk"
_TRIAL_CALL = "list_queues"
_TRIAL_SECONDS = 60.0


class Finding(Value):
    """What was found at one point, whether it will do, and what to do where it will not."""

    point: str
    state: State
    found: str
    advice: str = ""


def examine_machine() -> Iterator[Finding]:
    """Look at what needs no settings, point by point."""
    for point, check in (("python", _python), ("libraries", _libraries), ("sqlite", _sqlite)):
        yield _answer(point, check)


def examine_settings(settings: Settings, *, is_quick: bool) -> Iterator[Finding]:
    """Look at what the settings name, point by point; a point that cannot be looked at is a problem too."""
    checks: list[tuple[str, Callable[[], Finding]]] = [
        ("sandbox", lambda: _sandbox(settings)),
        ("runtime", lambda: _runtime(settings)),
        ("scratch", lambda: _scratch(settings)),
        *((role, lambda role=role: _model(role, settings)) for role in ROLES),
        ("prompts", _prompts),
        ("catalog", lambda: _catalog(settings)),
        ("runs", lambda: _runs(settings.runs_dir)),
    ]
    if not is_quick:
        checks.append(("trial", lambda: interruption.run(_trial(settings))))
    for point, check in checks:
        yield _answer(point, check)


def _answer(point: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except AwmError as error:
        return Finding(point=point, state="problem", found=str(error))
    except ImportError as error:
        return Finding(point=point, state="problem", found=str(error), advice=_INSTALL)
    except OSError as error:
        return Finding(point=point, state="problem", found=str(error))


def _python() -> Finding:
    found = f"Python {platform.python_version()} at {sys.executable}, awm-langgraph {__version__}"
    return Finding(point="python", state="ok", found=found)


def _libraries() -> Finding:
    missing = [name for name in _LIBRARIES if not _version_of(name)]
    if missing:
        return Finding(point="libraries", state="problem", found=f"missing: {', '.join(missing)}", advice=_INSTALL)
    found = ", ".join(f"{name} {_version_of(name)}" for name in _LIBRARIES)
    return Finding(point="libraries", state="ok", found=found)


def _version_of(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return ""


def _sqlite() -> Finding:
    lacking = [name for name in _SQLITE_FEATURES if not hasattr(sqlite3.Connection, name)]
    if lacking:
        advice = "use a Python whose sqlite3 has them, such as one from python.org or from uv"
        found = f"SQLite {sqlite3.sqlite_version} without {', '.join(lacking)}"
        return Finding(point="sqlite", state="problem", found=found, advice=advice)
    found = f"SQLite {sqlite3.sqlite_version} with {', '.join(_SQLITE_FEATURES)}"
    return Finding(point="sqlite", state="ok", found=found)


def _sandbox(settings: Settings) -> Finding:
    from awm_langgraph.sandbox import probe

    able = probe()
    kernel = f"{able.system} {platform.release()} on {able.machine}"
    if settings.sandbox == "off":
        found, advice = f"{kernel}; sandbox is off", "take --sandbox=off away unless you trust the code"
        return Finding(point="sandbox", state="notice", found=found, advice=advice)
    if able.is_complete:
        found = f"{kernel}, Landlock {able.landlock_abi}, seccomp; level {settings.sandbox}"
        return Finding(point="sandbox", state="ok", found=found)
    return Finding(
        point="sandbox",
        state="notice",
        found=f"{kernel} lacks {'; '.join(able.missing)}; level {settings.sandbox}",
        advice="bundled scenarios run; for others use Linux 5.13 or newer, or accept the risk: --sandbox=best-effort",
    )


def _runtime(settings: Settings) -> Finding:
    from awm_langgraph.environment import PoolLimits
    from awm_langgraph.environment.fork.runtime import ForkRuntime

    limits = PoolLimits.of(settings)
    bounds = f"at most {counted(limits.live, 'environment')} at a time, in {sized(limits.memory_bytes)} of memory"
    obstacle = ForkRuntime.obstacle()
    if settings.runtime == "fork" and obstacle:
        advice = "take --runtime=fork away, and with it AWM_RUNTIME"
        return Finding(point="runtime", state="problem", found=f"fork cannot run here: {obstacle}", advice=advice)
    if settings.runtime == "spawn" or obstacle:
        reason = f"fork cannot run here: {obstacle}" if obstacle else "as asked"
        found = f"spawn ({reason}): an environment takes seconds to start; {bounds}"
        return Finding(point="runtime", state="notice", found=found)
    return Finding(point="runtime", state="ok", found=f"fork: an environment takes milliseconds to start; {bounds}")


def _scratch(settings: Settings) -> Finding:
    """Say where databases are while they are used, and how much may be written there."""
    from awm_langgraph.environment.fork.runtime import ForkRuntime
    from awm_langgraph.sandbox.scratch import ENOUGH_BYTES, roomy_folder

    folder = roomy_folder()
    room_bytes = shutil.disk_usage(folder).free
    is_forking = settings.runtime != "spawn" and not ForkRuntime.obstacle()
    kept = "live databases and verifiers' copies" if is_forking else "verifiers' copies"
    found = f"{kept} are in {folder}, which has room for {sized(room_bytes)}"
    if room_bytes < ENOUGH_BYTES:
        advice = "make room there, or name a folder that has more in TMPDIR"
        return Finding(point="scratch", state="notice", found=found, advice=advice)
    return Finding(point="scratch", state="ok", found=found)


def _model(role: Role, settings: Settings) -> Finding:
    from awm_langgraph.models import ModelChoice, Script, chat_model

    chosen = settings.role(role)
    choice = ModelChoice(model=chosen.model, base_url=chosen.base_url, parameters=chosen.parameters)
    chat_model(role, choice, script=Script(task_key="doctor", seed=0, solution=Solution(calls=())))
    where = f" at {chosen.base_url}" if chosen.base_url else ""
    return Finding(point=role, state="ok", found=f"{chosen.model}{where}, {_key(role, settings)}")


def _key(role: Role, settings: Settings) -> str:
    """Say where a role's key comes from, never what it is."""
    chosen = settings.role(role)
    provider = chosen.model.partition(":")[0]
    if provider == "scripted":
        return "needs no key"
    if chosen.api_key:
        return f"key given in AWM_{role.upper()}_API_KEY or --config"
    if chosen.api_key_env:
        return f"key present in {chosen.api_key_env}"
    if not chosen.base_url and variable(usual := f"{provider.upper()}_API_KEY"):
        return f"key present in {usual}"
    return "no key of ours; the provider's library may find one of its own"


def _prompts() -> Finding:
    from awm_langgraph.agent import EpisodeContext
    from awm_langgraph.agent.surroundings.provenance import prompts_of
    from awm_langgraph.prompts import load

    names = prompts_of(EpisodeContext(verifier_mode="both"), "dynamic")
    folders = {str(load(name).path.parent) for name in names}
    return Finding(point="prompts", state="ok", found=f"read from {' and '.join(sorted(folders))}")


def _catalog(settings: Settings) -> Finding:
    from awm_langgraph.catalog import Catalog, hub

    if settings.catalog == hub.NAME and not hub.is_downloaded(folder := expanded(settings.data_dir)):
        found = f"{hub.NAME} is not downloaded to {folder}"
        advice = f"it is downloaded when first used: awm-langgraph scenarios list --catalog {hub.NAME}"
        return Finding(point="catalog", state="notice", found=found, advice=advice)
    catalog = Catalog.open(settings.catalog)
    found = f"{catalog.name}: {counted(len(catalog.names()), 'scenario')} in {catalog.location}"
    if catalog.notices:
        advice = "; ".join(catalog.notices)
        return Finding(point="catalog", state="notice", found=found, advice=advice)
    return Finding(point="catalog", state="ok", found=found)


def _runs(folder: Path) -> Finding:
    """Write where the runs will be, or where their folder would be made, and take it away again."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        advice = "give another folder with --out or AWM_RUNS_DIR"
        return Finding(
            point="runs", state="problem", found=f"{there} cannot be written: {error.strerror}", advice=advice
        )
    return Finding(point="runs", state="ok", found=f"{folder.absolute()} can be written")


async def _trial(settings: Settings) -> Finding:
    """Start a bundled scenario and call one of its tools."""
    from awm_langgraph.catalog import Catalog
    from awm_langgraph.environment import EnvironmentPool, runtime_for

    scenario = Catalog.open("bundled").scenario(_TRIAL_SCENARIO)
    with tempfile.TemporaryDirectory() as folder:
        runtime = runtime_for(settings)
        pool = EnvironmentPool(Path(folder), runtime=runtime)
        try:
            async with asyncio.timeout(_TRIAL_SECONDS), pool.acquire("doctor", scenario, None) as environment:
                answer = await environment.call(_TRIAL_CALL, {})
        except (EpisodeError, TimeoutError) as error:
            reason = str(error) or f"no answer within {_TRIAL_SECONDS:g} s"
            return Finding(point="trial", state="problem", found=f"{_TRIAL_SCENARIO} does not start: {reason}")
        finally:
            await asyncio.shield(pool.close())
            await asyncio.shield(runtime.close())
    if answer.is_error:
        return Finding(point="trial", state="problem", found=f"{_TRIAL_CALL} of {_TRIAL_SCENARIO}: {answer.text}")
    found = f"{_TRIAL_SCENARIO} started and {_TRIAL_CALL} answered"
    return Finding(point="trial", state="ok", found=found)
