"""How an episode ended: its verdict, its reward and what it took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from awm_langgraph.cli.drawing.layout import LABEL_WIDTH, line, script_note
from awm_langgraph.cli.text import as_json, counted, one_line, shortened
from awm_langgraph.episode import Judgement, Reward, ToolOutcome, Usage, Verdict

_EVIDENCE_LIMIT = 600
_EXPLANATIONS = {
    "void": "a database that nobody touched passes the verifier: the task says nothing about the agent",
    "no_verifier": "nothing verifies this task",
    "server_error": "the judge found the application at fault: this says nothing about the agent",
    "agent_error": "the judge found that the agent could not work: this says nothing about how well it works",
    "judge_error": "the verifier failed: this says nothing about the agent",
    "content_filter": "the model's service refused: this says nothing about the agent",
    "model_error": "the model's service failed: this says nothing about the agent",
    "environment_error": "the environment failed: this says nothing about the agent",
    "timeout": "the episode's time ran out: this says nothing about the agent",
}


def outcome_text(outcome: str) -> Text:
    """Write an outcome in the colour of what it means: green for done, red for not done, none for neither."""
    colours = {"complete": "bold green", "incomplete": "bold red", "format_error": "bold red"}
    return Text().append(outcome, style=colours.get(outcome, "bold"))


def number(value: float | None) -> str:
    """Write a reward; an episode that says nothing about the agent has none."""
    return "none" if value is None else f"{value:g}"


def draw_verdict(verdict: Verdict, reward: Reward, models: Mapping[str, str]) -> Iterator[RenderableType]:
    """Draw what was found, by what, and what it is worth; ``models`` are those that played the roles."""
    outcome = Text("  ").join((outcome_text(verdict.outcome), script_note(models)))
    found: list[RenderableType] = [outcome]
    if explanation := _EXPLANATIONS.get(verdict.outcome):
        found.append(Text(explanation))
    if verdict.result or verdict.control:
        control = f"on an untouched database: {one_line(verdict.control) or 'nothing'}"
        found.append(Text(f"the verifier says: {one_line(verdict.result) or 'nothing'}; {control}", style="dim"))
    if verdict.judgement is not None:
        found.extend(_judgement(verdict.judgement))
    if verdict.disagreement:
        found.append(Text(one_line(verdict.disagreement), style="yellow"))
    if verdict.error:
        found.append(Text(shortened(one_line(verdict.error), _EVIDENCE_LIMIT), style="red"))
    if verdict.evidence:
        found.append(Text(shortened(as_json(verdict.evidence), _EVIDENCE_LIMIT), style="dim"))
    yield line("verdict", *found)
    yield line("reward", Text(f"environment {number(reward.environment)}"), Text(_shaping(reward)))


def _judgement(judgement: Judgement) -> Iterator[RenderableType]:
    sure = "" if judgement.confidence is None else f", confidence {judgement.confidence:g}"
    ruling = judgement.classification or "nothing"
    yield Text(f"the judge {one_line(judgement.model)} says: {ruling}{sure}", style="dim")
    yield Text(shortened(one_line(judgement.reasoning or judgement.error), _EVIDENCE_LIMIT), style="dim")


def draw_costs(
    *, steps: int, calls: Sequence[ToolOutcome], consultations: int, usage: Mapping[str, Usage], latency_seconds: float
) -> RenderableType:
    """Draw what an episode took."""
    errors = sum(call.is_format_error for call in calls)
    tokens = sum(each.input_tokens + each.output_tokens for each in usage.values())
    parts = (
        counted(steps, "step"),
        counted(len(calls), "call") + (f" ({counted(errors, 'format error')})" if errors else ""),
        counted(consultations, "consultation"),
        counted(tokens, "token"),
        f"{latency_seconds:.1f} s",
    )
    return line("took", Text(", ".join(parts)))


def record_line(folder: Path) -> Text:
    """Write where the record is, on a line that is not broken, so that it can be copied whole."""
    return Text.assemble((f"{'record':{LABEL_WIDTH}}  ", "bold"), one_line(str(folder)), no_wrap=True)


def _shaping(reward: Reward) -> str:
    parts = " + ".join(f"{one_line(name)} {value:g}" for name, value in reward.parts.items())
    total = f"shaped {number(reward.shaped)}"
    return f"{total} = {parts}  pattern {reward.pattern}" if parts else f"{total}  pattern {reward.pattern}"
