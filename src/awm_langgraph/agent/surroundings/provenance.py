"""What an episode was made with, so that one can tell whether two may be compared."""

from __future__ import annotations

from collections.abc import Mapping

from awm_langgraph.agent.context import EpisodeContext
from awm_langgraph.agent.interfaces import interface_named
from awm_langgraph.episode import Provenance
from awm_langgraph.experts import PROMPTS, Expert
from awm_langgraph.models import Role
from awm_langgraph.prompts import fingerprints
from awm_langgraph.version import __version__

AGENT_PROMPTS = ("agent", "empty_turn", "unreadable_call")
ASKING_PROMPTS = ("agent_expert", "ask_expert", "consultation_refused", "held_back", "nudge")
JUDGE_PROMPTS = ("judge", "repair")


def provenance_with(
    catalog_fingerprint: str, models: Mapping[Role, str], context: EpisodeContext, expert: Expert | None
) -> Provenance:
    """Put an episode's provenance together; reads the prompts' files."""
    own = expert if context.offers_expert else None
    return Provenance(
        version=__version__,
        catalog_fingerprint=catalog_fingerprint,
        prompts=fingerprints(sorted(prompts_of(context, own.name if own else context.expert_kind))),
        models={role: name for role, name in models.items() if not (own and role == "expert")},
        condition=f"{own.name}/{context.expert_tier}" if own else context.condition,
        seed=context.seed,
    )


def prompts_of(context: EpisodeContext, expert_name: str) -> set[str]:
    """Name the prompts that models and people may read in an episode."""
    used = {*AGENT_PROMPTS, *interface_named(context.tool_interface).prompts}
    if context.offers_expert:
        used |= {*ASKING_PROMPTS, *PROMPTS.get(expert_name, PROMPTS["runnable"])}
    if context.on_low_confidence != "off":
        used.add("agent_confidence")
    if context.verifier_mode != "code":
        used |= {*JUDGE_PROMPTS}
    return used
