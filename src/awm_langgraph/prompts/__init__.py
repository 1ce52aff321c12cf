"""Load, fill and fingerprint the prompts: every word a model reads is a Markdown file.

A prompt is looked up among those that the ``prompt`` setting chooses from LangSmith's hub, in the folder that the
``prompts_dir`` setting names, then among the package's own. Variables are written ``$like_this``, a dollar sign ``$$``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from io import FileIO
from pathlib import Path
from string import Template

from awm_langgraph.errors import UsageError
from awm_langgraph.prompts.hub import hub_texts
from awm_langgraph.settings import current_settings

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FINGERPRINT_LENGTH = 12


@dataclass(frozen=True)
class Prompt:
    """One prompt's text, with the file that it came from; in a folder named like the prompt if from the hub."""

    path: Path
    text: str

    @property
    def variables(self) -> frozenset[str]:
        """Name the variables the text expects."""
        return frozenset(Template(self.text).get_identifiers())

    @property
    def fingerprint(self) -> str:
        """Return the first 12 hex digits of the text's SHA-256."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:_FINGERPRINT_LENGTH]

    def render(self, **variables: object) -> str:
        """Fill the variables in; the result carries no blank lines at its ends.

        Raises:
            UsageError: A variable is missing, or the text does not have it.
        """
        if missing := self.variables - variables.keys():
            raise UsageError(f"the prompt {self.path} expects ${', $'.join(sorted(missing))}, found no value for it")
        if unexpected := variables.keys() - self.variables:
            raise UsageError(
                f"the prompt {self.path} has no ${', $'.join(sorted(unexpected))}; write it in or stop giving it"
            )
        return Template(self.text).substitute(variables).strip()


def load(name: str) -> Prompt:
    """Read a prompt by its file's name without ``.md``; a file that has changed since is read again.

    The first one that the settings choose from LangSmith's hub blocks: all that are chosen are fetched.

    Raises:
        UsageError: There is no such prompt, its text has a ``$`` that starts no variable, its variables are others
            than those of the package's own prompt of that name, or what is chosen from the hub cannot be had.
    """
    chosen = current_settings().prompt
    if name in chosen and (_own_folder() / f"{name}.md").is_file():
        return checked(Prompt(Path(chosen[name]) / f"{name}.md", hub_texts(chosen)[name]))
    for folder in _folders():
        path = folder / f"{name}.md"
        if _NAME.fullmatch(name) and path.is_file():
            return checked(_read(path, path.stat().st_mtime_ns))
    raise UsageError(f"there is no prompt {name!r}; expected one of: {', '.join(names()) or 'none found'}")


def names() -> tuple[str, ...]:
    """Name every prompt there is, sorted."""
    return tuple(sorted({path.stem for one in _folders() for path in one.glob("*.md") if _NAME.fullmatch(path.stem)}))


def checked(prompt: Prompt) -> Prompt:
    """Return a prompt unchanged, or refuse one that could not be filled in later, in the middle of an episode.

    Raises:
        UsageError: Its text has a ``$`` that starts no variable, or its variables are others than those of the
            package's own prompt with that file name.
    """
    if not Template(prompt.text).is_valid():
        raise UsageError(f"the prompt {prompt.path} has a $ that starts no variable; write $$ for a dollar sign")
    own = _own_folder() / prompt.path.name
    if prompt.path == own or not own.is_file():
        return prompt
    expected = _read(own, own.stat().st_mtime_ns).variables
    if prompt.variables == expected:
        return prompt
    found, wanted = (
        ", ".join(f"${name}" for name in sorted(those)) or "none" for those in (prompt.variables, expected)
    )
    raise UsageError(f"expected the variables {wanted} in the prompt {prompt.path}, found {found}")


def fingerprints(names: Iterable[str]) -> dict[str, str]:
    """Map prompt names to fingerprints, for an episode's provenance.

    Whatever the settings choose from LangSmith's hub is at hand from then on, and has been found fit for use.

    Raises:
        UsageError: One of these prompts cannot be had or used.
    """
    for name in current_settings().prompt:
        load(name)
    return {name: load(name).fingerprint for name in names}


def _folders() -> list[Path]:
    chosen = current_settings().prompts_dir
    if chosen is None:
        return [_own_folder()]
    if not chosen.is_dir():
        raise UsageError(f"expected a folder of prompts at {chosen} (prompts_dir, AWM_PROMPTS_DIR), found none")
    return [chosen, _own_folder()]


@lru_cache(maxsize=1)
def _own_folder() -> Path:
    """Find the package's prompts: in the package in a wheel, at the repository's root in a checkout."""
    package = Path(__file__).resolve().parents[1]
    in_wheel = package / "_prompts"
    return in_wheel if in_wheel.is_dir() else package.parents[1] / "prompts"


@lru_cache(maxsize=256)
def _read(path: Path, modified_ns: int) -> Prompt:
    """Read one version of a file; ``modified_ns`` is there to tell versions apart."""
    # One unbuffered read: `langgraph dev` refuses the buffered kind inside a node, however short the file.
    with FileIO(path) as file:
        content = file.readall()
    try:
        return Prompt(path, content.decode().replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        raise UsageError(f"expected UTF-8 text in the prompt {path}, found other bytes: {error}") from None
