"""The expert for any agent that LangChain's ``create_agent`` makes, whatever its tools.

Policy and decisions are those of the graph (``experts.deciding``); what they rest on is read from the agent's messages
and from the records in its state, so that it holds after an interruption, in a fork and on a conversation that another
middleware has shortened.
"""

from __future__ import annotations

import operator
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, NotRequired

from langchain.agents.middleware import AgentMiddleware, AgentState, ModelRequest, ModelResponse, hook_config
from langchain.agents.middleware.types import ExtendedModelResponse, OmitFromSchema, ToolCallRequest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import ToolMessage
from langchain_core.runnables import Runnable
from langgraph.errors import GraphBubbleUp, is_invalid_resume
from langgraph.runtime import Runtime
from langgraph.types import Command, Overwrite

from awm_langgraph.episode import ConsultationRecord, Decision
from awm_langgraph.errors import UsageError
from awm_langgraph.experts import (
    ASK_EXPERT,
    Consultation,
    Expert,
    History,
    Place,
    Policy,
    ToolSchema,
    answer_text,
    ask_expert_tool,
    consult,
    decide,
    hint,
    history_of,
    is_step,
    record_of,
    render_transcript,
    seconds_left,
    situation_of,
    tries,
    with_kind,
)
from awm_langgraph.middleware.choosing import chosen_criteria, chosen_expert, chosen_policy
from awm_langgraph.middleware.conversation import (
    answers,
    asks_expert,
    extended,
    held,
    last_turn,
    open_questions,
    put_aside,
    question_text,
    said_by_user,
    unreadable,
)
from awm_langgraph.middleware.tools import kind_of_refusal, schemas_of
from awm_langgraph.models import ModelChoice
from awm_langgraph.models.prices import priced
from awm_langgraph.prompts import load

_LONGEST_CONSULTATION_SECONDS = 600.0

_Record = dict[str, Any]
_Output = OmitFromSchema(input=True, output=False)
_Private = OmitFromSchema(input=True, output=True)


class ExpertState(AgentState[Any]):
    """What the middleware remembers beside the messages, in JSON types.

    ``began_at`` is the step before the request's first; ``pending`` the decision that the next turn waits for.
    """

    consultations: NotRequired[Annotated[list[_Record], _Output, operator.add]]
    decisions: NotRequired[Annotated[list[_Record], _Output, operator.add]]
    offered_tools: NotRequired[Annotated[list[_Record], _Private]]
    steps: NotRequired[Annotated[int, _Private]]
    began_at: NotRequired[Annotated[int, _Private]]
    pending: NotRequired[Annotated[_Record | None, _Private]]


class ExpertMiddleware(AgentMiddleware[ExpertState, Any, Any]):
    """Offer an agent ``ask_expert``, bring help up by a policy, and keep the record.

    ``result["consultations"]`` holds the request's consultations, ``result["decisions"]`` every decision to ask, to
    hint or to refuse, each a ``ConsultationRecord`` or ``Decision`` in JSON form; both are also told on the ``custom``
    stream. A tool that raises answers with an error instead of ending the run. Budgets are per request: one that was
    interrupted and resumed goes on with what it has left.

    Put it first in the list: middleware that retries tools or chooses among them then works inside it. Run the agent
    with ``ainvoke`` or ``astream``.
    """

    state_schema = ExpertState

    def __init__(
        self,
        expert: str | ModelChoice | BaseChatModel | Expert | Runnable[Any, Any] | Callable[[Consultation], object],
        *,
        criteria: Sequence[str] = (),
        policy: Policy | None = None,
        **fields: Any,
    ) -> None:
        """Choose who helps and when.

        Args:
            expert: a chat model, or one by name (``init_chat_model`` form) or ``ModelChoice``, which becomes a
                ``DynamicExpert``; or an expert, a Runnable, a compiled graph or a function of your own. A named model's
                key and prices are those of the settings (``AWM_EXPERT_*``), or its provider's usual key.
            criteria: what must hold in the end, in words that only the expert reads.
            policy: when help is brought up, what follows, and what it may use.
            **fields: the policy's fields, instead of a policy: ``ExpertMiddleware("openai:gpt-5", on_finish="route")``.

        Raises:
            UsageError: a field is unknown or out of range, there is no such expert, or its costs are limited and its
                prices are not known.
        """
        super().__init__()
        self._criteria = chosen_criteria(criteria)
        self._policy = chosen_policy(policy, fields)
        self._expert, self._choice = chosen_expert(expert, self._policy)
        self.tools = [ask_expert_tool()]

    def before_agent(self, state: ExpertState, runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Refuse to run in ``invoke`` and ``stream``: experts are asked asynchronously."""
        raise UsageError("ExpertMiddleware works asynchronously: expected ainvoke or astream, found invoke or stream")

    async def abefore_agent(self, state: ExpertState, runtime: Runtime[Any]) -> dict[str, Any]:
        """Begin a request with a budget of its own; a question that the last one left open stays without an answer."""
        messages = state["messages"]
        stale = open_questions(messages)
        began_at = max(state.get("steps", 0), history_of(messages).steps)
        return {
            "consultations": Overwrite([]),
            "decisions": Overwrite([]),
            "steps": began_at,
            "began_at": began_at,
            "pending": None,
            "messages": answers(stale, load("expert_unavailable").render(), is_refused=True) if stale else [],
        }

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
    ) -> ModelResponse[Any] | ExtendedModelResponse[Any]:
        """Tell the agent about the expert, and note which tools it was offered: the expert has to know them."""
        part = load("agent_expert").render(max_consultations=self._policy.max_consultations)
        if self._policy.on_low_confidence != "off":
            part = f"{part}\n\n{load('agent_confidence').render()}"
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
        except Exception as error:  # it is the user's tool: whatever it raises, the agent reads
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
        """Count the turn; hold it back where help is brought up before its calls, or its answer, come to anything.

        So are, where the policy reacts to them, turns that nobody can read or that say nothing: ``create_agent`` takes
        them for the final answer.
        """
        turn = last_turn(state["messages"])
        if turn is None:
            return None
        steps = state.get("steps", 0) + is_step(turn)
        is_lost = is_step(turn) and not turn.tool_calls
        asks = asks_expert(turn)
        history = self._history(state, steps)
        # A question alone is no call: it is put aside, and answered, like one beside calls.
        is_beside_calls = asks and history.turn.has_calls
        decision = self._decision(history, "after_tools" if is_lost else "after_agent", is_asking=is_beside_calls)
        update: dict[str, Any] = {"steps": steps}
        if decision is None or decision.reaction == "refuse":
            told = unreadable(turn) if turn.tool_calls else []
            return {**update, "messages": told, **self._recorded(decision, runtime)}
        told = [*unreadable(turn), *held(state["messages"], decision.reason)]
        return {**update, "messages": told, "pending": decision.model_dump(mode="json"), "jump_to": "model"}

    async def abefore_model(self, state: ExpertState, runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Do what was decided on the last turn, or is decided now that its calls are answered."""
        history = self._history(state, state.get("steps", 0))
        questions = open_questions(state["messages"])
        if pending := state.get("pending"):
            decision: Decision | None = Decision.model_validate(pending)
        elif history.steps == history.began_at:
            return None  # the agent has not had a turn yet: whatever went wrong before, it tries first
        else:
            decision = self._decision(history, "after_tools", is_asking=bool(questions))
        if decision is None:
            return None
        update: dict[str, Any] = {"pending": None}
        if decision.reaction == "route":
            record = await self._consultation(state, history, decision)
            text = answer_text(record, remaining=self._policy.max_consultations - record.number)
            update["messages"] = answers(questions, text, is_refused=bool(record.error))
            update["consultations"] = [record.model_dump(mode="json")]
            update |= self._recorded(decision, runtime)
            runtime.stream_writer({"type": "consultation", **record.model_dump(mode="json"), "text": text})
            return update
        if decision.reaction == "nudge":
            remaining = self._policy.max_consultations - len(history.consultations)
            update["messages"] = [hint(decision.reason, remaining=remaining)]
        elif questions:
            refusal = load("consultation_refused").render(reason=decision.reason)
            update["messages"] = answers(questions, refusal, is_refused=True)
        return update | self._recorded(decision, runtime)

    def _history(self, state: ExpertState, steps: int) -> History:
        return history_of(
            state["messages"],
            steps=steps,
            began_at=state.get("began_at", 0),
            consultations=[ConsultationRecord.model_validate(record) for record in state.get("consultations", ())],
            decisions=[Decision.model_validate(record) for record in state.get("decisions", ())],
        )

    def _decision(self, history: History, place: Place, *, is_asking: bool) -> Decision | None:
        return decide(situation_of(history, self._policy, place=place, is_asking=is_asking), self._policy)

    @staticmethod
    def _recorded(decision: Decision | None, runtime: Runtime[Any]) -> dict[str, Any]:
        if decision is None:
            return {}
        record = decision.model_dump(mode="json")
        runtime.stream_writer({"type": "decision", **record})
        return {"decisions": [record]}

    async def _consultation(self, state: ExpertState, history: History, why: Decision) -> ConsultationRecord:
        messages = state["messages"]
        number = len(history.consultations) + 1
        catalogue = tuple(ToolSchema.model_validate(schema) for schema in state.get("offered_tools", ()))
        consultation = Consultation(
            number=number,
            trigger=why.trigger,
            reason=why.reason,
            question=question_text(open_questions(messages)),
            step=history.steps,
            instruction=said_by_user(messages),
            tier="criteria" if self._criteria else "schema",
            tools=catalogue,
            transcript=render_transcript(history.calls),
            criteria=self._criteria,
            remaining=self._policy.max_consultations - number,
        )
        rest = seconds_left(history, self._policy)
        limit = _LONGEST_CONSULTATION_SECONDS if rest is None else min(rest, _LONGEST_CONSULTATION_SECONDS)
        reply = await consult(self._expert, consultation, catalogue, timeout_seconds=limit)
        if self._choice is not None:
            reply = reply.model_copy(update={"usage": priced(reply.usage, self._choice)})
        return record_of(consultation, reply, expert=self._expert.name, after_calls=tries(history))
