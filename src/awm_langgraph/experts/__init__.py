"""Experts: who answers when the agent is in trouble, and what each of them may know."""

from awm_langgraph.experts.advice import render_advice
from awm_langgraph.experts.ask_expert import ASK_EXPERT, EXPERT_NAME, HINT_NAME, answer_text, ask_expert_tool, hint
from awm_langgraph.experts.asking import consult
from awm_langgraph.experts.checking import complaints_about
from awm_langgraph.experts.consultation import Consultation, Expert, ExpertReply, ToolSchema, is_within, record_of
from awm_langgraph.experts.criteria import Criteria, CriteriaExtractor
from awm_langgraph.experts.criteria_cache import CriteriaCache
from awm_langgraph.experts.deciding import (
    Counter,
    Place,
    Situation,
    counters_of,
    decide,
    seconds_left,
    situation_of,
    spent_budget,
)
from awm_langgraph.experts.dynamic import DynamicExpert
from awm_langgraph.experts.ensemble import EnsembleExpert
from awm_langgraph.experts.form import AdviceForm
from awm_langgraph.experts.history import (
    held_back,
    held_calls,
    history_of,
    is_step,
    turn_of,
    with_kind,
    without_confidence,
)
from awm_langgraph.experts.human import HumanExpert
from awm_langgraph.experts.leaks import leaked_literals
from awm_langgraph.experts.memory import MemoryExpert
from awm_langgraph.experts.past import Past, read_past
from awm_langgraph.experts.policy import Policy, PolicyFields, check_prices
from awm_langgraph.experts.questions import PROMPTS
from awm_langgraph.experts.runnable import FunctionExpert, RunnableExpert, as_expert
from awm_langgraph.experts.specialists import Specialist
from awm_langgraph.experts.static import StaticExpert
from awm_langgraph.experts.transcript import render_transcript
from awm_langgraph.experts.triggers import History, Spent, Turn, tries

__all__ = [
    "ASK_EXPERT",
    "EXPERT_NAME",
    "HINT_NAME",
    "PROMPTS",
    "AdviceForm",
    "Consultation",
    "Counter",
    "Criteria",
    "CriteriaCache",
    "CriteriaExtractor",
    "DynamicExpert",
    "EnsembleExpert",
    "Expert",
    "ExpertReply",
    "FunctionExpert",
    "History",
    "HumanExpert",
    "MemoryExpert",
    "Past",
    "Place",
    "Policy",
    "PolicyFields",
    "RunnableExpert",
    "Situation",
    "Specialist",
    "Spent",
    "StaticExpert",
    "ToolSchema",
    "Turn",
    "answer_text",
    "as_expert",
    "ask_expert_tool",
    "check_prices",
    "complaints_about",
    "consult",
    "counters_of",
    "decide",
    "held_back",
    "held_calls",
    "hint",
    "history_of",
    "is_step",
    "is_within",
    "leaked_literals",
    "read_past",
    "record_of",
    "render_advice",
    "render_transcript",
    "seconds_left",
    "situation_of",
    "spent_budget",
    "tries",
    "turn_of",
    "with_kind",
    "without_confidence",
]
