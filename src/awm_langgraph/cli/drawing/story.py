"""An episode as it happens, drawn event by event.

The events are what nodes announce (see ``awm_langgraph.agent.events``). Every line stands in two columns: what it is
about, and what was said or done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from awm_langgraph.cli.drawing.consultation import draw_consultation
from awm_langgraph.cli.drawing.ending import draw_verdict
from awm_langgraph.cli.drawing.layout import indented, line, model_name
from awm_langgraph.cli.text import as_json, compact, counted, one_line, safe, shortened
from awm_langgraph.episode import (
    ConsultationRecord,
    Decision,
    Provenance,
    Reward,
    SeedProblem,
    Task,
    ToolOutcome,
    Verdict,
)

_ASK_EXPERT = "ask_expert"
_ARGUMENTS_LIMIT = 400
_RESULT_LIMIT = 200
_SPEECH_LIMIT = 2000
_SEED_PROBLEMS_SHOWN = 5


def draw_header(task: Task, provenance: Provenance) -> Iterator[RenderableType]:
    """Draw what an episode is about, before anything happens."""
    title = Text(one_line(task.scenario), style="bold")
    title.append(", own instruction" if task.task_idx is None else f", task {task.task_idx}")
    yield title
    yield Padding(Text(safe(task.instruction).strip()), (1, 0))
    models = provenance.models
    yield line("agent", model_name(models["agent"]))
    expert = model_name(models["expert"]) if "expert" in models else Text()
    yield line("expert", expert.append("  " if expert else "").append(one_line(provenance.condition), style="dim"))
    yield line("catalog", Text(one_line(task.catalog)))
    yield line("seed", Text(str(provenance.seed)))


class Story:
    """Draws one episode. All it remembers is a step's label until the first line that it stands beside.

    ``models`` are those that play the roles, by role.
    """

    def __init__(self, models: Mapping[str, str]) -> None:
        self._models = models
        self._label = ""

    def draw(self, event: Mapping[str, Any]) -> Iterator[RenderableType]:
        """Draw one event; one that has nothing to show draws nothing."""
        content = {name: value for name, value in event.items() if name != "type"}
        match event["type"]:
            case "reset":
                yield from _beginning(content)
            case "turn":
                yield from self._turn(content)
            case "call":
                yield line(self._take_label(), *_call(ToolOutcome.model_validate(content)))
            case "change":
                yield line(self._take_label(), indented(Text(f"rows: {rows_changed(content)}", style="green")))
            case "decision" if content["reaction"] != "route":
                yield line(self._take_label(), _decision(Decision.model_validate(content)))
            case "consultation":
                content.pop("text", None)
                yield draw_consultation(ConsultationRecord.model_validate(content))
            case "verdict":
                yield from _end(content, self._models)

    def _turn(self, turn: Mapping[str, Any]) -> Iterator[RenderableType]:
        said = _speech(turn["text"])
        if turn["is_final"]:
            yield Text()
            yield line("answer", said)
            return
        self._label = f"step {turn['step']}"
        questions = [_question(call["args"]) for call in _calls_of(turn) if call["name"] == _ASK_EXPERT]
        if said or questions:
            yield line(self._take_label(), *([said] if said else []), *questions)

    def _take_label(self) -> str:
        label, self._label = self._label, ""
        return label


def _beginning(reset: Mapping[str, Any]) -> Iterator[RenderableType]:
    if reset.get("tools"):
        yield line("tools", Text(str(reset["tools"])))
    problems = [SeedProblem.model_validate(problem) for problem in reset["seed_problems"]]
    if problems:
        shown = [
            Text(shortened(one_line(f"{problem.table}: {problem.reason}: {problem.statement}"), _RESULT_LIMIT))
            for problem in problems[:_SEED_PROBLEMS_SHOWN]
        ]
        title = Text(f"{counted(len(problems), 'seed statement')} failed; their rows are missing", style="red")
        left = len(problems) - len(shown)
        yield line("seed", title, *shown, *([Text(f"... and {left:,} more", style="dim")] if left else []))
    yield Text()


def _calls_of(turn: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    calls: list[Mapping[str, Any]] = turn["message"].get("data", {}).get("tool_calls", [])
    return calls


def _question(arguments: Mapping[str, Any]) -> Text:
    question = shortened(one_line(str(arguments.get("question", ""))), _SPEECH_LIMIT)
    return Text.assemble(("asks the expert", "bold magenta"), f"  {question}")


def _decision(made: Decision) -> Text:
    """Draw a reason to bring help up that led to no consultation; one that did is drawn with that."""
    words = "is told that it may ask" if made.reaction == "nudge" else "gets no help"
    return Text.assemble((words, "magenta"), f"  {made.trigger}: {one_line(made.reason)}")


def _speech(text: str) -> Text:
    return Text(shortened(safe(text).strip(), _SPEECH_LIMIT))


def _call(call: ToolOutcome) -> Iterator[RenderableType]:
    """Draw a call and, below it, what came of it."""
    head = Text().append(one_line(call.name) or "(no call)", style="cyan")
    if call.arguments:
        head.append(f" {shortened(as_json(call.arguments), _ARGUMENTS_LIMIT)}")
    yield head
    result = Text(shortened(compact(call.text), _RESULT_LIMIT), style="red" if call.is_error else "dim")
    if call.is_error:
        result = Text.assemble((call.kind, "bold red"), "  ", result)
    elif call.changed:
        result.append("  (database changed)", style="not dim green")
    yield indented(result)
    for repair in call.repairs:
        yield indented(Text(f"repaired: {one_line(repair)}", style="yellow"))


def rows_changed(change: Mapping[str, Any]) -> str:
    """Say in one line which rows a ``DatabaseChange`` is about, and what was not looked at."""
    tables = (
        f"{one_line(name)} {', '.join(f'{count:,} {kind}' for kind, count in counts.items() if count)}"
        for name, counts in change["tables"].items()
    )
    return "; ".join(filter(None, (*tables, one_line(change["note"])))) or "none differs"


def _end(end: Mapping[str, Any], models: Mapping[str, str]) -> Iterator[RenderableType]:
    yield Text()
    if end["error"]:
        yield line("error", Text(one_line(end["error"]), style="red"))
    if end["stop_reason"] != "final_answer":
        yield line("stopped", Text(end["stop_reason"]))
    if change := end.get("change"):
        yield line("database", Text(rows_changed(change), style="dim"))
    verdict, reward = Verdict.model_validate(end["verdict"]), Reward.model_validate(end["reward"])
    if verdict.error == end["error"]:
        verdict = verdict.model_copy(update={"error": ""})  # said above
    yield from draw_verdict(verdict, reward, models)
