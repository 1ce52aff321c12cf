"""Find the catalog that a name or a path means."""

from __future__ import annotations

from pathlib import Path

from awm_langgraph.catalog import hub
from awm_langgraph.catalog.catalog import Catalog
from awm_langgraph.catalog.folders import BUNDLED
from awm_langgraph.catalog.index import Progress
from awm_langgraph.catalog.jsonl import JsonLinesCatalog
from awm_langgraph.catalog.names import did_you_mean, shown
from awm_langgraph.catalog.rows import FILES
from awm_langgraph.catalog.source import SourceCatalog
from awm_langgraph.errors import CatalogError
from awm_langgraph.settings import current_settings, expanded

BUNDLED_NAME = "bundled"


def open_catalog(
    path_or_name: str | Path = BUNDLED_NAME, *, data_dir: Path | None = None, on_progress: Progress | None = None
) -> Catalog:
    """Open a catalog; see ``Catalog.open``. The two names win over folders of the same name: write ``./bundled``."""
    try:
        location = _location(path_or_name, data_dir).resolve()
        # a folder's name is its whole path: a task that names it must be found from anywhere, later
        name = str(path_or_name if path_or_name in (BUNDLED_NAME, hub.NAME) else location)
        if any((location / file.name).is_file() for file in FILES):
            return JsonLinesCatalog.read(name, location, on_progress)
        return SourceCatalog.read(name, location)
    except OSError as error:
        raise CatalogError(f"cannot read {shown(str(error.filename))}: {error.strerror}") from error


def _location(path_or_name: str | Path, data_dir: Path | None) -> Path:
    if path_or_name == BUNDLED_NAME:
        return BUNDLED
    if path_or_name == hub.NAME:
        folder = expanded(data_dir or current_settings().data_dir)
        hub.download(folder)
        return folder
    if not str(path_or_name):
        # pathlib would take it for the working folder
        raise CatalogError(f"no such catalog: expected `{BUNDLED_NAME}`, `{hub.NAME}` or a folder, but found no name")
    path = Path(path_or_name).expanduser()
    if path.is_dir():
        return path
    found = f"{shown(str(path))} is a file" if path.exists() else f"there is no folder {shown(str(path))}"
    hint = did_you_mean(str(path_or_name), (BUNDLED_NAME, hub.NAME))
    raise CatalogError(f"no such catalog: expected `{BUNDLED_NAME}`, `{hub.NAME}` or a folder, but {found}{hint}")
