"""Confinement of a child process: Landlock, seccomp and limits, with nothing but the standard library.

A child calls ``confine(policy, level)`` just before it runs code that is not ours; its parent has asked ``admit``
before whether that may happen at all. SECURITY.md says what is promised.
"""

from awm_langgraph.sandbox.admission import Admission, SandboxLevel, admit
from awm_langgraph.sandbox.capabilities import Capabilities, probe
from awm_langgraph.sandbox.confine import confine, prepare
from awm_langgraph.sandbox.policy import (
    Policy,
    http_scenario_policy,
    scenario_policy,
    verifier_policy,
    zygote_scenario_policy,
)

__all__ = [
    "Admission",
    "Capabilities",
    "Policy",
    "SandboxLevel",
    "admit",
    "confine",
    "http_scenario_policy",
    "prepare",
    "probe",
    "scenario_policy",
    "verifier_policy",
    "zygote_scenario_policy",
]
