"""Experts: who answers when the agent is in trouble, and what each of them may know."""

from awm_langgraph.experts.advice import render_advice
from awm_langgraph.experts.ask_expert import ASK_EXPERT, EXPERT_NAME, answer_text, ask_expert_tool
from awm_langgraph.experts.checking import complaints_about
from awm_langgraph.experts.consultation import Consultation, Expert, ExpertReply, ToolSchema, record_of
from awm_langgraph.experts.criteria import Criteria, CriteriaCache, CriteriaExtractor
from awm_langgraph.experts.dynamic import DynamicExpert
from awm_langgraph.experts.history import history_of, with_kind
from awm_langgraph.experts.transcript import render_transcript
from awm_langgraph.experts.triggers import Counters, Escalation, History, Triggers

__all__ = [
    "ASK_EXPERT",
    "EXPERT_NAME",
    "Consultation",
    "Counters",
    "Criteria",
    "CriteriaCache",
    "CriteriaExtractor",
    "DynamicExpert",
    "Escalation",
    "Expert",
    "ExpertReply",
    "History",
    "ToolSchema",
    "Triggers",
    "answer_text",
    "ask_expert_tool",
    "complaints_about",
    "history_of",
    "record_of",
    "render_advice",
    "render_transcript",
    "with_kind",
]
