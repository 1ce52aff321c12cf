"""How an episode is getting on, in numbers: what a person looks at first who wants to know why it went wrong."""

from __future__ import annotations

from awm_langgraph.agent.context import EpisodeContext
from awm_langgraph.agent.routing import State, situation
from awm_langgraph.agent.state import Record
from awm_langgraph.experts import Counter, counters_of


def counters(state: State, context: EpisodeContext) -> dict[str, Record]:
    """Set each counter beside its limit, once a step's calls are answered; the same counts that routing goes by."""
    policy = context.policy
    if not context.may_ask:
        most = policy.max_consultations if context.offers_expert else 0
        policy = policy.model_copy(update={"on_error": "off", "on_stall": "off", "max_consultations": most})
    counted = {
        "max_steps": Counter(count=state["steps"], limit=context.max_steps),
        **counters_of(situation(state, context), policy),
    }
    return {name: counter.model_dump(mode="json") for name, counter in counted.items()}
