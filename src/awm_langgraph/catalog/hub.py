"""The data set on the Hugging Face hub."""

from __future__ import annotations

from pathlib import Path

from awm_langgraph.catalog.rows import FILES, SOLUTIONS
from awm_langgraph.errors import CatalogError

NAME = "awm-1k"
REPOSITORY = "Snowflake/AgentWorldModel-1K"

_READ_FILES = tuple(file.name for file in FILES if file is not SOLUTIONS)
_HUB_TIMEOUT_SECONDS = 20.0
_SHOWN_CHARACTERS = 160


def is_downloaded(folder: Path) -> bool:
    """Tell whether the data set's files lie in a folder."""
    return not _lacking(folder)


def download(folder: Path) -> None:
    """Put the data set's files into a folder, with progress on standard error; no request where they are there.

    An interrupted download goes on where it stopped.

    Raises:
        CatalogError: The files are not there and cannot be got.
    """
    if is_downloaded(folder):
        return
    from huggingface_hub import HfApi

    api = HfApi()
    try:
        # Asked first because snapshot_download asks the same without a time limit, and takes no answer for a yes.
        revision = api.dataset_info(REPOSITORY, timeout=_HUB_TIMEOUT_SECONDS).sha
        api.snapshot_download(
            REPOSITORY, repo_type="dataset", revision=revision, local_dir=folder, allow_patterns="*.jsonl"
        )
    except Exception as error:  # the client's error types differ from version to version
        raise _failure(folder, " ".join(str(error).split()) or type(error).__name__) from error
    if lacking := _lacking(folder):
        raise _failure(folder, f"{', '.join(lacking)} did not come")


def _lacking(folder: Path) -> list[str]:
    return [name for name in _READ_FILES if not (folder / name).is_file()]


def _failure(folder: Path, reason: str) -> CatalogError:
    short = reason if len(reason) <= _SHOWN_CHARACTERS else f"{reason[:_SHOWN_CHARACTERS]}..."
    return CatalogError(
        f"cannot get `{NAME}` ({REPOSITORY}) from the hub: go online and try again, put its *.jsonl files into "
        f"{folder}, or use the catalog `bundled`, which needs no download ({short})"
    )
