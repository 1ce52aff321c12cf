"""An episode that the run store holds, told again as it happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from awm_langgraph.cli.drawing.ending import draw_costs, record_line
from awm_langgraph.cli.drawing.layout import line
from awm_langgraph.cli.drawing.run_tables import origin_text
from awm_langgraph.cli.drawing.story import Story, draw_header
from awm_langgraph.cli.rows_changed import RowsChanged
from awm_langgraph.episode import Value
from awm_langgraph.rollout.records import EpisodeRecord


def draw_record(record: EpisodeRecord, changed: RowsChanged, folder: Path) -> Iterator[RenderableType]:
    """Draw a recorded episode like one that happens now; what an unfinished one lacks is left out."""
    yield from draw_header(record.task, record.provenance)
    if record.forked_from:
        yield line("origin", origin_text(record.forked_from))
    story = Story(record.provenance.models)
    for event in _events(record, changed):
        yield from story.draw(event)
    if record.outcome == "unfinished":
        yield Text()
        yield line("verdict", Text("unfinished", style="bold red"))
    yield draw_costs(
        steps=record.step_count,
        calls=record.calls,
        consultations=record.consultation_count,
        usage=record.usage,
        latency_seconds=record.latency_seconds,
    )
    yield record_line(folder)


def _events(record: EpisodeRecord, changed: RowsChanged) -> Iterator[Mapping[str, Any]]:
    """Give the events that made this record, in their order."""
    yield {"type": "reset", "seed_problems": [_dump(each) for each in record.seed_problems]}
    yield from _of_step(record, changed, 0)
    for step in record.steps:
        text = _text_of(step.message["data"]["content"])
        yield {"type": "turn", "step": step.number, "text": text, "message": step.message, "is_final": False}
        yield from _of_step(record, changed, step.number)
    if record.final_answer:
        yield {"type": "turn", "text": record.final_answer, "is_final": True}
    if record.verdict and record.reward:
        yield {
            "type": "verdict",
            "error": record.error,
            "stop_reason": record.stop_reason,
            "change": changed.altogether and _dump(changed.altogether),
            "verdict": _dump(record.verdict),
            "reward": _dump(record.reward),
        }


def _of_step(record: EpisodeRecord, changed: RowsChanged, step: int) -> Iterator[Mapping[str, Any]]:
    for place, call in enumerate(record.calls):
        if call.step == step:
            yield {"type": "call", **_dump(call)}
            if place in changed.by_call:
                yield {"type": "change", **_dump(changed.by_call[place])}
    yield from ({"type": "consultation", **_dump(each)} for each in record.consultations if each.step == step)


def _text_of(content: str | list[Any]) -> str:
    """Join a message's text blocks; done by hand, because LangChain takes a second to import."""
    if isinstance(content, str):
        return content
    blocks = ({"text": block} if isinstance(block, str) else block for block in content)
    return "".join(block.get("text", "") for block in blocks)


def _dump(value: Value) -> dict[str, Any]:
    return value.model_dump(mode="json")
