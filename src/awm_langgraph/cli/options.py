"""The flags that several commands have, and the settings that they make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from awm_langgraph.errors import UsageError

if TYPE_CHECKING:
    from awm_langgraph.settings import Settings

_MODELS = "Models"
_WHERE = "Where things are"

SERVER_URL = "http://127.0.0.1:2024"
"""Where `langgraph dev` serves unless it is told otherwise."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
CatalogName = Annotated[
    str | None,
    typer.Option(
        "--catalog",
        metavar="NAME|DIR",
        help="bundled, awm-1k, or a folder of scenarios (default: AWM_CATALOG, else bundled).",
        rich_help_panel=_WHERE,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Folder of the runs (default: AWM_RUNS_DIR, else runs).",
        rich_help_panel=_WHERE,
    ),
]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings in a TOML file.", rich_help_panel=_WHERE),
]
Sandbox = Annotated[
    Literal["strict", "best-effort", "off"] | None,
    typer.Option(
        "--sandbox",
        metavar="LEVEL",
        help="How scenarios' code is confined: strict (default), best-effort or off; the last two at your own risk.",
    ),
]
Runtime = Annotated[
    Literal["fork", "spawn"] | None,
    typer.Option("--runtime", metavar="NAME", help="How environments are started: fork or spawn."),
]


def _server_url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise UsageError(f"--url: expected a URL that starts with http:// or https://, found {text!r}: correct it")
    return text


ServerUrl = Annotated[
    str, typer.Option("--url", metavar="URL", help="Where the LangGraph server is.", callback=_server_url)
]


def model(role: str) -> Any:
    """Declare the flag that names a role's model."""
    text = f"The {role}'s model as PROVIDER:NAME; scripted:... needs no key."
    return typer.Option(f"--{role}", metavar="MODEL", help=text, rich_help_panel=_MODELS)


def base_url(role: str) -> Any:
    """Declare the flag that says where a role's model is served."""
    text = f"Where the {role}'s model is served."
    return typer.Option(f"--{role}-base-url", metavar="URL", help=text, rich_help_panel=_MODELS)


def api_key_env(role: str) -> Any:
    """Declare the flag that names the variable with a role's key."""
    text = f"The variable that holds the {role}'s key."
    return typer.Option(f"--{role}-api-key-env", metavar="NAME", help=text, rich_help_panel=_MODELS)


def parameters(role: str) -> Any:
    """Declare the flag with a role's further parameters."""
    text = f"Parameters of the {role}'s model, as a JSON object."
    return typer.Option(f"--{role}-parameters", metavar="JSON", help=text, rich_help_panel=_MODELS)


def role(
    name: str, model: str | None, base_url: str | None, api_key_env: str | None, parameters: str | None
) -> dict[str, Any]:
    """Gather one role's flags as settings; what was not given stays None.

    Raises:
        UsageError: the parameters are no JSON object.
    """
    return {
        "model": model,
        "base_url": base_url,
        "api_key_env": api_key_env,
        "parameters": None if parameters is None else _json_object(name, parameters),
    }


def load_settings(config: Path | None = None, **overrides: Any) -> Settings:
    """Load the settings with a command's flags over them.

    Raises:
        UsageError: a value, a name or the file is wrong.
    """
    from awm_langgraph.settings import Settings

    return Settings.load(config, **overrides)


def _json_object(role: str, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if isinstance(value, dict):
        return value
    # What was found is not shown: people put keys into parameters.
    raise UsageError(f'--{role}-parameters: expected a JSON object such as {{"temperature": 0}}, found none in it')
