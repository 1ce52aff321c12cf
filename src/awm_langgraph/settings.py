"""Process settings: flags over environment over ``.env`` over a TOML file over defaults.

Keys live here and nowhere else: graph state, context, traces and records name a model, never its key.
"""

from __future__ import annotations

import difflib
import json
import logging
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    ByteSize,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from awm_langgraph.errors import UsageError

Role = Literal["agent", "expert", "judge"]
ROLES: tuple[Role, ...] = ("agent", "expert", "judge")

_log = logging.getLogger(__name__)
_PREFIX = "AWM_"
_ENV_FILE = Path(".env")
_SECRET_NAME = re.compile(r"(api[-_]?key|authorization|secret|password|(^|[-_])token$)", re.IGNORECASE)
_SHORTEST_SECRET_CHARACTERS = 6
"""Shorter values, such as the ``none`` that servers without keys are sent, are words that any text may hold."""
_SMALLEST_BUDGET_BYTES = 1_000_000
_ALIKE = 0.8
"""How alike an unknown variable must be to one of ours (0 to 1) before it is taken for a slip of the pen."""


def without_secrets(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return model parameters unchanged, or refuse those that carry a key: parameters are recorded and traced.

    Raises:
        ValueError: A name at any depth looks like a key's.
    """
    for name in _names_in(parameters):
        if _SECRET_NAME.search(name):
            raise ValueError(f"{name} is a secret: give it as the role's api_key or name its variable in api_key_env")
    return parameters


def _names_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (str(name) for name in value)
    if isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _names_in(part)


def http_url(text: str) -> str:
    """Return a base URL unchanged, or refuse text that is none, or one that carries a password: URLs are recorded.

    Raises:
        ValueError: The text does not start with ``http://`` or ``https://``, or names a user.
    """
    if not re.match(r"https?://\S+$", text):
        raise ValueError("expected a URL that starts with http:// or https://")
    if urlsplit(text).username is not None:
        raise ValueError("expected a URL without user and password; give the key as api_key or api_key_env")
    return text


def variable_name(text: str) -> str:
    """Return a variable's name unchanged, or refuse what is none: it may be a key, given here by mistake.

    Raises:
        ValueError: The text does not look like a name.
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise ValueError("expected the name of a variable that holds the key, such as OPENAI_API_KEY; a key is none")
    return text


def size_with_unit(value: object, parse: ValidatorFunctionWrapHandler) -> ByteSize:
    """Read a size such as ``2GB``, or refuse what is none, and what is so small that its unit was left out.

    Raises:
        ValueError: It is no size, or less than a megabyte.
    """
    try:
        size: ByteSize = parse(value)
    except ValidationError:
        size = ByteSize(0)
    if size < _SMALLEST_BUDGET_BYTES:
        raise ValueError("expected a size of at least 1 MB with its unit, such as 500MB or 2GB")
    return size


def expanded(path: Path) -> Path:
    """Expand a ``~`` at a path's beginning.

    Raises:
        UsageError: This user has no home folder.
    """
    try:
        return path.expanduser()
    except RuntimeError:
        raise UsageError(f"expected a home folder for {path}, found none; set HOME or give a full path") from None


Parameters = Annotated[dict[str, Any], AfterValidator(without_secrets)]
BaseUrl = Annotated[str, AfterValidator(http_url)]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False, description="US dollars per million tokens.")]
_Folder = Annotated[Path, AfterValidator(expanded)]
_Size = Annotated[ByteSize, WrapValidator(size_with_unit)]


def _data_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "awm-langgraph" / "awm-1k"


class RoleSettings(BaseModel):
    """How one role reaches its model. ``parameters`` go to ``init_chat_model`` as they are (temperature, ...).

    ``input_price`` and ``output_price`` are what the model costs, in US dollars per million tokens.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    base_url: BaseUrl | None = None
    api_key: SecretStr | None = None
    api_key_env: Annotated[str, AfterValidator(variable_name)] | None = None
    parameters: Parameters = Field(default_factory=dict)
    input_price: Price | None = None
    output_price: Price | None = None

    def key(self) -> SecretStr | None:
        """Return the role's own key, or None where the provider's usual variable is to be used.

        Raises:
            UsageError: ``api_key_env`` names a variable that is set neither in the environment nor in ``.env``.
        """
        if self.api_key or not self.api_key_env:
            return self.api_key
        if value := variable(self.api_key_env):
            return SecretStr(value)
        name = self.api_key_env
        raise UsageError(f"expected the key for {self.model} in the variable {name}, found it unset; set {name}")


class Settings(BaseSettings):
    """What a process is told from outside. Read it through `current_settings`, build it with `Settings.load`."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_ignore_empty=True,
        nested_model_default_partial_update=True,
        frozen=True,
        extra="forbid",
    )

    # Its default is expanded where it is opened: who has no home folder may never need it.
    data_dir: _Folder = Field(default_factory=_data_folder, validate_default=False)
    runs_dir: _Folder = Path("runs")
    prompts_dir: _Folder | None = None
    prompt: dict[str, str] = Field(default_factory=dict)
    """From prompts' names to those of LangSmith's hub that are to be read instead."""
    catalog: str = "bundled"
    sandbox: Literal["strict", "best-effort", "off"] = "strict"
    runtime: Literal["auto", "fork", "spawn"] = "auto"
    pool_max_live: int = Field(default=256, ge=1)
    pool_max_memory_mb: int | None = Field(default=None, ge=1)
    pool_idle_seconds: float = Field(default=300.0, gt=0)
    pool_spares: int = Field(default=1, ge=0)
    pool_template_seconds: float = Field(default=300.0, gt=0)
    snapshot_budget: _Size = ByteSize(1024**3)
    """What the snapshots of one episode may use on disk."""
    agent: RoleSettings = RoleSettings(model="scripted:novice")
    expert: RoleSettings = RoleSettings(model="scripted:expert")
    judge: RoleSettings = RoleSettings(model="scripted:judge")

    @classmethod
    def load(cls, toml: Path | None = None, **overrides: Any) -> Self:
        """Gather the settings; an override that is None, at any depth, counts as not given.

        Raises:
            UsageError: A value, a name or the TOML file is wrong.
        """
        _refuse_misspelt_variables()
        given = _with_models_in_roles(_given(overrides))
        chosen = _toml_values.set(_with_models_in_roles(_read_toml(toml)) if toml else None)
        try:
            settings = cls(**given)
        except ValidationError as error:
            raise UsageError(_in_one_line(error)) from None
        except SettingsError as error:
            raise UsageError(f"{error}; write AWM_*_PARAMETERS as a JSON object") from None
        finally:
            _toml_values.reset(chosen)
        _refuse_unused_addresses(settings, given)
        return settings

    def role(self, role: Role) -> RoleSettings:
        """Return one role's settings."""
        settings: RoleSettings = getattr(self, role)
        return settings

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put ``.env``, as `variable` reads it, and the TOML file between the environment and the defaults."""
        env_file = EnvSettingsSource(settings_cls)
        env_file.env_vars = {name.lower(): value for name, value in _env_file_values().items() if value}
        return init_settings, env_settings, env_file, InitSettingsSource(settings_cls, _toml_values.get() or {})


_toml_values: ContextVar[dict[str, Any] | None] = ContextVar("toml_values", default=None)
_chosen: ContextVar[Settings | None] = ContextVar("settings", default=None)


def current_settings() -> Settings:
    """Return the settings chosen by `use_settings`, or those of the process, loaded once on first use."""
    return _chosen.get() or _process_settings()


@contextmanager
def use_settings(settings: Settings) -> Iterator[Settings]:
    """Make ``settings`` the current ones in this context and in the tasks and threads started from it."""
    token = _chosen.set(settings)
    try:
        yield settings
    finally:
        _chosen.reset(token)


def variable(name: str) -> str | None:
    """Read a variable from the environment, else from ``.env``; None where it is unset or empty."""
    return os.environ.get(name) or _env_file_values().get(name) or None


def masked(text: str) -> str:
    """Write ``***`` for every key that this process knows: a service may repeat the one it was sent."""
    return masker()(text)


def masker() -> Callable[[str], str]:
    """Make a function that masks the keys known now, for a thread that the current settings do not reach.

    Keys are found as they are and as JSON writes them.
    """
    forms = {form for secret in _known_secrets() for form in (secret, json.dumps(secret)[1:-1])}
    in_order = sorted(forms, key=len, reverse=True)

    def mask(text: str) -> str:
        for form in in_order:
            text = text.replace(form, "***")
        return text

    return mask


def _known_secrets() -> set[str]:
    roles = [current_settings().role(role) for role in ROLES]
    own = {role.api_key.get_secret_value() for role in roles if role.api_key}
    named = {role.api_key_env for role in roles}
    variables = {**_env_file_values(), **os.environ}
    of_variables = {
        value for name, value in variables.items() if value and (name in named or _SECRET_NAME.search(name))
    }
    return {secret for secret in own | of_variables if len(secret) >= _SHORTEST_SECRET_CHARACTERS}


@cache
def _process_settings() -> Settings:
    return Settings.load()


def _given(overrides: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _given(value) if isinstance(value, Mapping) else value
        for name, value in overrides.items()
        if value is not None
    }


def _with_models_in_roles(values: dict[str, Any]) -> dict[str, Any]:
    """Take a text in a role's place for its model."""
    return {
        name: {"model": value} if name in ROLES and isinstance(value, str) else value for name, value in values.items()
    }


def _refuse_unused_addresses(settings: Settings, given: Mapping[str, Any]) -> None:
    """Refuse a base URL that no request would go to; a scripted model chosen by hand needs none of the configured."""
    for role in ROLES:
        chosen = settings.role(role)
        by_hand = given.get(role, {})
        is_unused = chosen.base_url and chosen.model.startswith("scripted:")
        if is_unused and (isinstance(by_hand, RoleSettings) or "base_url" in by_hand or "model" not in by_hand):
            flag = f"{_PREFIX}{role}_MODEL".upper()
            raise UsageError(
                f"the {role} has a base URL, but its model is {chosen.model}, which needs none; set its model "
                f"({flag}, --{role}), such as openai:NAME"
            )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"expected a TOML file of settings at {path}, cannot read it: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"expected TOML in {path}, found a mistake: {error}") from None


def _in_one_line(error: ValidationError) -> str:
    first = error.errors()[0]
    where = [str(part) for part in first["loc"]]
    name = ".".join(where)
    if first["type"] == "extra_forbidden":
        known = RoleSettings.model_fields if where[0] in ROLES else Settings.model_fields
        return f"{name} is no setting; expected one of {', '.join(known)}"
    is_private = any(_SECRET_NAME.search(part) for part in where) or {"parameters", "base_url"} & {*where}
    found = "" if is_private else f", found {first['input']!r}"
    return f"{name} ({_PREFIX}{'_'.join(where[:2]).upper()}): {first['msg'].removeprefix('Value error, ')}{found}"


def _refuse_misspelt_variables() -> None:
    known = _known_variables()
    roles = tuple(f"{_PREFIX}{role}".upper() for role in ROLES)
    families = (*roles, f"{_PREFIX}PROMPT_")
    for name in sorted({*os.environ, *_env_file_values()}):
        if name in roles:
            raise UsageError(
                f"the variable {name} is no setting; set {name}_MODEL to choose the {name[4:].lower()}'s model"
            )
        # A role's unknown field is refused when the role is read, with the list of its fields; so is a prompt's.
        if not name.startswith(_PREFIX) or name in known or name.startswith(families):
            continue
        if alike := difflib.get_close_matches(name, known, n=1, cutoff=_ALIKE):
            raise UsageError(f"the variable {name} is no setting; did you mean {alike[0]}?")
        # Not refused: the programs that generate AWM data sets read variables of this prefix too.
        _log.warning("the variable %s is no setting of awm-langgraph and is ignored", name)


def _env_file_values() -> Mapping[str, str | None]:
    if not _ENV_FILE.is_file():
        return {}
    stat = _ENV_FILE.stat()
    return _parse_env_file(stat.st_ino, stat.st_mtime_ns)


@lru_cache(maxsize=8)
def _parse_env_file(inode: int, modified_ns: int) -> Mapping[str, str | None]:
    """Parse one version of the working folder's file; the arguments are there to tell files and versions apart."""
    try:
        return dotenv_values(_ENV_FILE, encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"expected to read {_ENV_FILE.absolute()}, cannot: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"expected UTF-8 text in {_ENV_FILE.absolute()}, found other bytes") from None


def _known_variables() -> list[str]:
    of_roles = [f"{role}_{field}" for role in ROLES for field in RoleSettings.model_fields]
    return [f"{_PREFIX}{name}".upper() for name in (*Settings.model_fields.keys() - ROLES, *of_roles)]
