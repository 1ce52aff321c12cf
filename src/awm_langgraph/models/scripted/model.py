"""The chat model that plays a script, and the registry of the scripts there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field

from awm_langgraph.errors import UsageError
from awm_langgraph.models.scripted import expert, judge, novice, solver
from awm_langgraph.models.scripted.script import Script
from awm_langgraph.models.scripted.situation import Situation

SCRIPTS: dict[str, Callable[[Situation], AIMessage]] = {
    "expert": expert.respond,
    "judge": judge.respond,
    "novice": novice.respond,
    "solver": solver.respond,
}

_REMEDIES = {
    "expert": "name a model for the expert (`expert` in the context, --expert, AWM_EXPERT_MODEL), or choose the "
    "condition none (--no-expert)",
    "judge": "name a model for the judge (`judge` in the context, --judge, AWM_JUDGE_MODEL)",
} | dict.fromkeys(
    ("novice", "solver"),
    "name a model for the agent (`agent` in the context, --agent, AWM_AGENT_MODEL), and one for the expert (`expert`, "
    "--expert, AWM_EXPERT_MODEL) or choose the condition none (--no-expert)",
)


class ScriptedModel(BaseChatModel):
    """Answers with a pure function of script and messages, so that it can be stopped and resumed anywhere."""

    player: str
    script: Script
    tools: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """The bound tools' parameters as JSON schemas, by name; empty where the script never calls the tool."""

    @property
    def model(self) -> str:
        """Name the model the way it is chosen: ``scripted:NAME``."""
        return f"scripted:{self.player}"

    def bind_tools(self, tools: Sequence[Any], **_options: Any) -> Self:
        """Return a copy that knows the tools' names, and the argument schemas of those that the script calls."""
        called = {call.tool for call in self.script.solution.calls} if self.script.solution else set()
        known: dict[str, dict[str, Any]] = {}
        for tool in tools:
            if isinstance(tool, BaseTool) and tool.name not in called:
                known[tool.name] = {}
            else:
                function = convert_to_openai_tool(tool)["function"]
                known[function["name"]] = function.get("parameters", {})
        return self.model_copy(update={"tools": known})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **_options: Any,
    ) -> ChatResult:
        answer = SCRIPTS[self.player](Situation(self.script, tuple(messages), self.tools))
        answer.response_metadata["model_name"] = self.model
        return ChatResult(generations=[ChatGeneration(message=answer)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **_options: Any,
    ) -> ChatResult:
        return self._generate(messages)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model, "seed": self.script.seed}


def scripted_model(name: str, script: Script | None) -> ScriptedModel:
    """Build the scripted model of that name.

    Raises:
        UsageError: There is no such script, or the task has no reference solution to play from.
    """
    if name not in SCRIPTS:
        known = ", ".join(f"scripted:{each}" for each in sorted(SCRIPTS))
        raise UsageError(f"there is no model scripted:{name}; expected one of {known}")
    if script is None or script.solution is None:
        task = f" {script.task_key}" if script else ""
        raise UsageError(
            f"scripted:{name} plays from a reference solution and the task{task} has none: {_REMEDIES[name]}"
        )
    return ScriptedModel(player=name, script=script)
