"""The expert for any agent that LangChain's ``create_agent`` makes, whatever its tools.

The rules are those of the graph (``experts.triggers``); what they look at is read from the agent's messages, so that
they hold after an interruption, in a fork and on a conversation that another middleware has shortened.
"""

from __future__ import annotations

import operator
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, NotRequired

from langchain.agents.middleware import AgentMiddleware, AgentState, ModelRequest, ModelResponse, hook_config
from langchain.agents.middleware.types import ExtendedModelResponse, OmitFromSchema, ToolCallRequest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.runnables import RunnableLambda
from langgraph.constants import TAG_NOSTREAM
from langgraph.errors import GraphBubbleUp, is_invalid_resume
from langgraph.runtime import Runtime
from langgraph.types import Command, Overwrite
from pydantic import ValidationError

from awm_langgraph.episode import Advice, ConsultationRecord
from awm_langgraph.errors import UsageError
from awm_langgraph.experts import (
    ASK_EXPERT,
    EXPERT_NAME,
    Consultation,
    Counters,
    DynamicExpert,
    Escalation,
    Expert,
    ExpertReply,
    History,
    ToolSchema,
    Triggers,
    answer_text,
    ask_expert_tool,
    history_of,
    record_of,
    render_transcript,
    triggers,
    with_kind,
)
from awm_langgraph.middleware.conversation import (
    answers,
    extended,
    open_questions,
    put_aside,
    question_text,
    said_by_user,
)
from awm_langgraph.middleware.tools import kind_of_refusal, schemas_of
from awm_langgraph.models import ModelChoice, chat_model
from awm_langgraph.models.interview import answer_or_error
from awm_langgraph.prompts import load

_Record = dict[str, Any]


class ExpertState(AgentState[Any]):
    """What the middleware remembers beside the messages, in JSON types."""

    consultations: NotRequired[Annotated[list[_Record], OmitFromSchema(input=True, output=False), operator.add]]
    offered_tools: NotRequired[Annotated[list[_Record], OmitFromSchema(input=True, output=True)]]


class ExpertMiddleware(AgentMiddleware[ExpertState, Any, Any]):
    """Offer an agent ``ask_expert``, let the expert speak up unasked after an error or a stall, and keep the record.

    ``result["consultations"]`` holds the request's consultations, each a ``ConsultationRecord`` in JSON form; each is
    also told on the ``custom`` stream. A tool that raises answers with an error instead of ending the run. Budgets are
    per request: one that was interrupted and resumed goes on with what it has left.

    Put it first in the list: middleware that retries tools or chooses among them then works inside it. Run the agent
    with ``ainvoke`` or ``astream``.
    """

    state_schema = ExpertState

    def __init__(
        self,
        expert: str | BaseChatModel | Expert,
        *,
        criteria: Sequence[str] = (),
        max_consultations: int = 3,
        escalate_on_error: bool = True,
        stall_steps: int = 5,
    ) -> None:
        """Choose who helps and when.

        Args:
            expert: a chat model or the name of one in ``init_chat_model`` form, which becomes a ``DynamicExpert``, or
                an expert of your own. A named model's key is that of the settings (``AWM_EXPERT_*``) or the provider's.
            criteria: what must hold in the end, in words that only the expert reads.
            max_consultations: most consultations in one request.
            escalate_on_error: speak up when a call of the last step failed.
            stall_steps: speak up after so many steps without progress: each call failed or brought nothing new.

        Raises:
            UsageError: a number is out of range, or there is no such expert.
        """
        super().__init__()
        if isinstance(criteria, str):
            raise UsageError("ExpertMiddleware: criteria: expected a list of sentences, found one text: put it in [ ]")
        self._triggers = _triggers(max_consultations, escalate_on_error, stall_steps)
        self._expert = _expert(expert)
        self._criteria = tuple(criteria)
        self.tools = [ask_expert_tool()]

    def before_agent(self, state: ExpertState, runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Refuse to run in ``invoke`` and ``stream``: experts are asked asynchronously."""
        raise UsageError("ExpertMiddleware works asynchronously: expected ainvoke or astream, found invoke or stream")

    async def abefore_agent(self, state: ExpertState, runtime: Runtime[Any]) -> dict[str, Any]:
        """Begin a request with a budget of its own; a question that the last one left open stays without an answer."""
        stale = open_questions(state["messages"])
        return {
            "consultations": Overwrite([]),
            "messages": answers(stale, load("expert_unavailable").render(), is_refused=True) if stale else [],
        }

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
    ) -> ModelResponse[Any] | ExtendedModelResponse[Any]:
        """Tell the agent about the expert, and note which tools it was offered: the expert has to know them."""
        part = load("agent_expert").render(max_consultations=self._triggers.max_consultations)
        response = await handler(request.override(system_message=extended(request.system_message, part)))
        offered = [schema.model_dump(mode="json") for schema in schemas_of(request.tools)]
        if offered == request.state.get("offered_tools"):
            return response
        return ExtendedModelResponse(response, Command(update={"offered_tools": offered}))

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]
    ) -> ToolMessage | Command[Any]:
        """Put a question aside until the calls beside it are answered; let a call that fails say how it failed."""
        call = request.tool_call
        if call["name"] == ASK_EXPERT:
            return put_aside(call)
        try:
            answer = await handler(request)
        except GraphBubbleUp:
            raise
        except Exception as error:
            if is_invalid_resume(error):
                raise  # an interrupt's answer that does not fit its schema can be given again
            text = f"Error: {type(error).__name__}: {error}"
            failed = ToolMessage(text, name=call["name"], tool_call_id=call["id"], status="error")
            return with_kind(failed, "server_error")
        if isinstance(answer, ToolMessage) and answer.status == "error":
            return with_kind(answer, kind_of_refusal(request))
        return answer

    @hook_config(can_jump_to=["model"])
    async def aafter_model(self, state: ExpertState, runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Bring a turn whose calls cannot be read to the expert; ``create_agent`` takes it for the final answer."""
        turn = state["messages"][-1]
        is_unreadable = isinstance(turn, AIMessage) and bool(turn.invalid_tool_calls) and not turn.tool_calls
        if is_unreadable and self._escalation(state, history_of(state["messages"])):
            return {"jump_to": "model"}
        return None

    async def abefore_model(self, state: ExpertState, runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Hold a consultation if one is due; beyond the budget, only say that it is spent."""
        history = history_of(state["messages"])
        why = self._escalation(state, history)
        if why is None:
            return None
        questions = open_questions(state["messages"])
        budget = self._triggers.max_consultations
        if len(state.get("consultations", ())) >= budget:
            spent = load("consultations_spent").render(max_consultations=budget)
            return {"messages": answers(questions, spent, is_refused=True)}
        record = await self._consult(state, history, why)
        text = answer_text(record, remaining=budget - record.number)
        runtime.stream_writer({"type": "consultation", **record.model_dump(mode="json"), "text": text})
        return {
            "messages": answers(questions, text, is_refused=bool(record.error)),
            "consultations": [record.model_dump(mode="json")],
        }

    def _escalation(self, state: ExpertState, history: History) -> Escalation | None:
        if "offered_tools" not in state:
            return None  # the agent has not had a turn yet: whatever went wrong before, it tries first
        counters = Counters(
            is_asked=bool(open_questions(state["messages"])),
            consultations=len(state.get("consultations", ())),
            errors=triggers.errors_of_last_step(history),
            idle_steps=triggers.idle_steps(history),
        )
        return triggers.escalation(counters, self._triggers)

    async def _consult(self, state: ExpertState, history: History, why: Escalation) -> ConsultationRecord:
        messages = state["messages"]
        number = len(state.get("consultations", ())) + 1
        consultation = Consultation(
            number=number,
            trigger=why.trigger,
            reason=why.reason,
            question=question_text(open_questions(messages)),
            step=history.steps,
            instruction=said_by_user(messages),
            tools=tuple(ToolSchema.model_validate(schema) for schema in state.get("offered_tools", ())),
            transcript=render_transcript(history.calls),
            criteria=self._criteria,
            remaining=self._triggers.max_consultations - number,
        )
        # A run of its own in the trace; what the expert says to us is not streamed as if the agent said it.
        asking = RunnableLambda(self._expert.advise).ainvoke(
            consultation, {"run_name": EXPERT_NAME, "tags": [TAG_NOSTREAM]}
        )
        reply, error = await answer_or_error(asking)
        reply = reply or ExpertReply(advice=Advice(), error=error)
        return record_of(consultation, reply, expert=self._expert.name, after_calls=len(history.calls))


def _triggers(max_consultations: int, escalate_on_error: bool, stall_steps: int) -> Triggers:
    if max_consultations == 0:
        raise UsageError("ExpertMiddleware: max_consultations: expected 1 or more, found 0: leave the middleware out")
    try:
        return Triggers(
            max_consultations=max_consultations, escalate_on_error=escalate_on_error, stall_steps=stall_steps
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"ExpertMiddleware: {place}: {first['msg']}, found {first['input']!r}: correct it") from None


def _expert(given: str | BaseChatModel | Expert) -> Expert:
    if isinstance(given, str):
        return DynamicExpert(chat_model("expert", ModelChoice(model=given)), given)
    if isinstance(given, BaseChatModel):
        name = getattr(given, "model_name", None) or getattr(given, "model", None) or type(given).__name__
        return DynamicExpert(given, str(name))
    if not callable(getattr(given, "advise", None)):
        raise UsageError(
            f"ExpertMiddleware: expert: expected a model's name, a chat model or an Expert, found {given!r}: give one"
        )
    return given
