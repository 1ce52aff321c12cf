"""The expert's advice in a panel of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from awm_langgraph.cli.drawing.layout import line, model_name
from awm_langgraph.cli.text import as_json, one_line, shortened
from awm_langgraph.episode import ConsultationRecord, PlanStep, Tier

_LABEL_WIDTH = 6
_ARGUMENTS_LIMIT = 400
_TEXT_LIMIT = 600
_KNOWN: Mapping[Tier, str] = {
    "transcript": "what the agent saw",
    "schema": "what the agent saw, and every tool",
    "criteria": "what the agent saw, every tool, and what the verifier looks for",
    "verifier": "what the agent saw, every tool, and the verifier's code",
}


def draw_consultation(record: ConsultationRecord) -> RenderableType:
    """Draw who was asked, what set the consultation off, and what came of it."""
    title = Text(f"expert's advice {record.number}, trigger: {record.trigger}", style="bold magenta")
    return Panel(Group(*_lines(record)), title=title, title_align="left", border_style="magenta")


def _lines(record: ConsultationRecord) -> Iterator[RenderableType]:
    advice = record.advice
    yield _line("knows", Text(_KNOWN[record.tier]))
    yield _line("from", _who(record))
    yield _line("why", Text(_cut(record.reason)))
    if record.error:
        yield _line("error", Text(_cut(record.error), style="red"))
    yield from _items("leaks", record.leaks, style="yellow")
    if advice.plan:
        yield _line("plan", *(_step(number, step) for number, step in enumerate(advice.plan, start=1)))
    yield from _items("wrong", record.complaints, style="red")
    yield from _items("goal", advice.must_hold)
    yield from _items("mind", advice.pitfalls)
    if advice.notes:
        yield _line("notes", Text(_cut(advice.notes)))
    if advice.final_answer:
        yield _line("answer", Text(_cut(advice.final_answer)))


def _who(record: ConsultationRecord) -> Text:
    kind = f"{record.expert}, {record.specialist}" if record.specialist else record.expert
    return model_name(record.model).append(f"  {kind}", style="dim") if record.model else Text(kind)


def _step(number: int, step: PlanStep) -> Text:
    text = Text(f"{number}. ").append(one_line(step.tool), style="cyan")
    text.append(f" {shortened(as_json(step.arguments), _ARGUMENTS_LIMIT)}")
    if step.why:
        text.append(f"\n   {_cut(step.why)}", style="dim")
    return text


def _items(label: str, items: Iterable[str], *, style: str = "") -> Iterator[RenderableType]:
    texts = [Text(f"- {_cut(item)}", style=style) for item in items]
    if texts:
        yield _line(label, *texts)


def _line(label: str, *content: RenderableType) -> RenderableType:
    return line(label, *content, width=_LABEL_WIDTH)


def _cut(text: str) -> str:
    return shortened(one_line(text), _TEXT_LIMIT)
