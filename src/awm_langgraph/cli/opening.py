"""Open the catalog that a command works on, telling on standard error what there is to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awm_langgraph.cli.terminal import Waiting, notices, notify

if TYPE_CHECKING:
    from awm_langgraph.catalog import Catalog

_BYTES_PER_MB = 1_000_000


def open_catalog(name: str) -> Catalog:
    """Open a catalog, with progress where its files are read for the first time.

    Raises:
        CatalogError: there is no such catalog, or it cannot be read.
    """
    from awm_langgraph.catalog import Catalog

    with Waiting(notices(), f"opening catalog {name}") as shown:

        def progress(file: str, done: int, size: int) -> None:
            shown.say(f"reading {file}: {done / _BYTES_PER_MB:.0f} of {size / _BYTES_PER_MB:.0f} MB")

        catalog = Catalog.open(name, on_progress=progress)
    notify(catalog.notices)
    return catalog


def admit_scenario(catalog: Catalog, name: str) -> None:
    """Ask whether this machine may run a scenario's code, before anything is begun, and tell how it will run.

    Raises:
        UntrustedCodeError: the code is from a data set and cannot be confined here.
    """
    from awm_langgraph.sandbox import admit, probe
    from awm_langgraph.settings import current_settings

    scenario = catalog.scenario(name)
    level = current_settings().sandbox
    notify(admit(level, probe(), is_ours=scenario.is_ours, what=f"the code of {scenario.name}").notices)
