"""What holds in any episode whatever the policy and the agent: budgets, cooldown, the first try, nothing twice."""

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from awm_langgraph.episode import Advice, Call, ConsultationRecord, ToolOutcome, Usage
from awm_langgraph.experts.deciding import decide, situation_of
from awm_langgraph.experts.policy import Policy
from awm_langgraph.experts.triggers import History, Turn

REACTIONS = st.sampled_from(["route", "nudge", "off", "route"])
POLICIES = st.builds(
    Policy,
    on_error=REACTIONS,
    on_stall=REACTIONS,
    stall_steps=st.integers(1, 3),
    on_low_confidence=REACTIONS,
    on_irreversible=REACTIONS,
    on_finish=REACTIONS,
    max_consultations=st.integers(0, 6),
    max_expert_tokens=st.sampled_from([None, None, 50, 300]),
    max_expert_cost_usd=st.sampled_from([None, None, 0.0, 0.2]),
    max_expert_seconds=st.sampled_from([None, None, 0.0, 20.0]),
    cooldown_steps=st.integers(0, 3),
)
TURNS = st.tuples(
    st.sampled_from(["get", "look", "delete", "ask", "ask and get", "empty", "finish"]),
    st.sampled_from(["ok", "rejected", "server_error"]),
    st.sampled_from([None, 0.1, 0.9]),
    st.integers(0, 150),
)
EPISODES = st.lists(TURNS, min_size=6, max_size=25)


def consultation(number: int, step: int, *, tokens: int) -> ConsultationRecord:
    return ConsultationRecord(
        number=number,
        trigger="agent",
        reason="",
        step=step,
        after_calls=0,
        expert="dynamic",
        model="openai:big",
        tier="schema",
        advice=Advice(),
        latency_seconds=tokens / 10,
        usage=Usage(model_calls=1, input_tokens=tokens, cost_usd=tokens / 1000),
    )


class Episode:
    """An agent that acts as it is told to, and never finishes; every decision is followed and recorded."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.history = History(steps=0)
        self.asked_before_a_try = False

    def take(self, act: str, kind: Any, confidence: float | None, tokens: int) -> None:
        is_step = act != "finish"
        steps = self.history.steps + is_step
        calls = () if act in ("ask", "empty", "finish") else (Call(tool=act.removeprefix("ask and ")),)
        turn = Turn(calls=calls, has_calls=bool(calls), is_final=act == "finish", confidence=confidence)
        self.history = self.history.model_copy(update={"steps": steps, "turn": turn})
        is_asking = act.startswith("ask")
        if self._follow("after_agent", is_asking, tokens) in ("route", "nudge"):
            self.history = self.history.model_copy(update={"held": (*calls, *self.history.held)})
            return
        if act == "finish" or act == "ask":
            return
        made = [
            ToolOutcome(name=call.tool, arguments={}, kind=kind, text="", step=steps, is_lookup=act == "look")
            for call in calls
        ]
        if act == "empty":
            made = [ToolOutcome(name="", arguments={}, kind="invalid_action", text="", step=steps)]
        self.history = self.history.model_copy(update={"calls": (*self.history.calls, *made), "held": ()})
        self._follow("after_tools", is_asking, tokens)

    def _follow(self, place: Any, is_asking: bool, tokens: int) -> str | None:
        decision = decide(situation_of(self.history, self.policy, place=place, is_asking=is_asking), self.policy)
        if decision is None:
            return None
        update: dict[str, Any] = {"decisions": (*self.history.decisions, decision)}
        if decision.reaction == "route":
            records = self.history.consultations
            self.asked_before_a_try |= all(call.is_lookup for call in self.history.calls)
            record = consultation(len(records) + 1, self.history.steps, tokens=tokens)
            update["consultations"] = (*records, record)
        self.history = self.history.model_copy(update=update)
        return decision.reaction


@settings(max_examples=300)
@given(POLICIES, EPISODES)
def test_budgets_cooldown_and_the_first_try_are_kept_in_any_episode(policy: Policy, turns: list[Any]) -> None:
    episode = Episode(policy)
    for turn in turns:
        episode.take(*turn)
    records = episode.history.consultations
    before_last = records[:-1]
    assert len(records) <= policy.max_consultations
    assert not episode.asked_before_a_try
    if policy.max_expert_tokens is not None and records:
        assert sum(record.usage.tokens for record in before_last) < policy.max_expert_tokens
    if policy.max_expert_cost_usd is not None and records:
        assert sum(record.usage.cost_usd or 0 for record in before_last) < policy.max_expert_cost_usd
    if policy.max_expert_seconds is not None and records:
        assert sum(record.latency_seconds for record in before_last) < policy.max_expert_seconds
    gaps = [later.step - earlier.step for earlier, later in pairwise(records)]
    assert all(gap >= policy.cooldown_steps for gap in gaps)


@settings(max_examples=300)
@given(POLICIES, EPISODES)
def test_a_call_or_an_answer_is_brought_up_once_until_something_else_is_done(policy: Policy, turns: list[Any]) -> None:
    episode = Episode(policy)
    for turn in turns:
        episode.take(*turn)
    brought_up = [one for one in episode.history.decisions if one.reaction != "refuse"]
    called_at = {call.step for call in episode.history.calls if not call.is_lookup}
    for trigger in ("irreversible", "finish"):
        steps = [one.step for one in brought_up if one.trigger == trigger]
        for earlier, later in pairwise(steps):
            made = range(earlier + 1, later + 1)
            assert any(step in called_at for step in made) or _looked(episode, made)


def _looked(episode: Episode, steps: range) -> bool:
    return any(call.step in steps and call.is_lookup for call in episode.history.calls)
