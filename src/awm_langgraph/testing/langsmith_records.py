"""What a LangSmith service knows after what it was sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

Json = dict[str, Any]

_LATE = ("inputs", "outputs", "extra", "events", "error", "end_time", "tags", "reference_example_id")
"""What an update may bring; the rest was said when the run was begun."""


@dataclass
class TracedRun:
    """One run of a trace, put together from what arrived about it."""

    fields: Json

    @property
    def id(self) -> str:
        """The run's id."""
        return str(self.fields["id"])

    @property
    def parent_id(self) -> str:
        """The id of the run around it; "" for a root."""
        return str(self.fields.get("parent_run_id") or "")

    @property
    def name(self) -> str:
        """The run's name."""
        return str(self.fields.get("name", ""))

    @property
    def kind(self) -> str:
        """LangSmith's run type: chain, llm, tool."""
        return str(self.fields.get("run_type", ""))

    @property
    def project(self) -> str:
        """The project it was sent to."""
        return str(self.fields.get("session_name", ""))

    @property
    def inputs(self) -> Json:
        """What went in."""
        return dict(self.fields.get("inputs") or {})

    @property
    def outputs(self) -> Json:
        """What came out; empty while it goes on."""
        return dict(self.fields.get("outputs") or {})

    @property
    def error(self) -> str:
        """What failed; "" if nothing did."""
        return str(self.fields.get("error") or "")

    @property
    def tags(self) -> list[str]:
        """The run's tags."""
        return list(self.fields.get("tags") or [])

    @property
    def metadata(self) -> Json:
        """The run's metadata."""
        return dict((self.fields.get("extra") or {}).get("metadata") or {})

    @property
    def is_finished(self) -> bool:
        """Tell whether its end was told."""
        return bool(self.fields.get("end_time"))

    def update(self, news: Mapping[str, Any]) -> None:
        """Take in what is told later."""
        self.fields.update({name: news[name] for name in _LATE if news.get(name) is not None})


@dataclass(frozen=True)
class PromptCommit:
    """One version of a prompt."""

    id: str
    hash: str
    parent: str
    manifest: Json
    description: str = ""


@dataclass
class Prompt:
    """A prompt of the hub with its versions, the first one first."""

    fields: Json
    commits: list[PromptCommit] = field(default_factory=list)


@dataclass
class Records:
    """All of it. Ids are text."""

    runs: dict[str, TracedRun] = field(default_factory=dict)
    feedback: list[Json] = field(default_factory=list)
    projects: dict[str, Json] = field(default_factory=dict)
    datasets: dict[str, Json] = field(default_factory=dict)
    examples: dict[str, Json] = field(default_factory=dict)
    comparisons: list[Json] = field(default_factory=list)
    prompts: dict[str, Prompt] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    @property
    def roots(self) -> list[TracedRun]:
        """The runs that no other is around, the first one first."""
        return _in_order(run for run in self.runs.values() if not run.parent_id)

    @property
    def experiments(self) -> list[Json]:
        """The projects that belong to a data set."""
        return [project for project in self.projects.values() if project.get("reference_dataset_id")]

    def children(self, run: TracedRun) -> list[TracedRun]:
        """List the runs right inside a run, the first one first."""
        return _in_order(child for child in self.runs.values() if child.parent_id == run.id)

    def descendants(self, run: TracedRun) -> list[TracedRun]:
        """List all runs inside a run, however deep."""
        return [one for child in self.children(run) for one in (child, *self.descendants(child))]

    def feedback_on(self, run: TracedRun) -> dict[str, Json]:
        """Gather the feedback that a run was given, by its key."""
        return {str(one["key"]): one for one in self.feedback if run.id in (one.get("run_id"), one.get("trace_id"))}

    def examples_of(self, dataset: str) -> list[Json]:
        """List the examples of the data set with this name."""
        ids = {one["id"] for one in self.datasets.values() if one["name"] == dataset}
        return [one for one in self.examples.values() if one["dataset_id"] in ids]


def _in_order(runs: Iterable[TracedRun]) -> list[TracedRun]:
    return sorted(runs, key=lambda run: str(run.fields.get("dotted_order", "")))
