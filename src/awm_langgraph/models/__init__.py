"""Models by role: a role and a choice give a chat model; keys come from the settings and stay there.

`calls.ask` is how a model is asked; `scripted` plays models without a key or a network.
"""

from awm_langgraph.models.chat import chat_model
from awm_langgraph.models.choice import ModelChoice, configured_choice, name_of
from awm_langgraph.models.scripted.script import Script
from awm_langgraph.settings import Role

__all__ = ["ModelChoice", "Role", "Script", "chat_model", "configured_choice", "name_of"]
