"""Experts: who answers when the agent is in trouble, and what each of them may know."""

from awm_langgraph.experts.advice import render_advice
from awm_langgraph.experts.consultation import Consultation, Expert, ExpertReply, ToolSchema, record_of
from awm_langgraph.experts.criteria import Criteria, CriteriaCache, CriteriaExtractor
from awm_langgraph.experts.dynamic import DynamicExpert
from awm_langgraph.experts.transcript import render_transcript

__all__ = [
    "Consultation",
    "Criteria",
    "CriteriaCache",
    "CriteriaExtractor",
    "DynamicExpert",
    "Expert",
    "ExpertReply",
    "ToolSchema",
    "record_of",
    "render_advice",
    "render_transcript",
]
