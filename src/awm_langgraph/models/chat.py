"""From a role and a choice to a chat model."""

from __future__ import annotations

import ipaddress
import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError

from awm_langgraph.errors import UsageError
from awm_langgraph.models.choice import ModelChoice, configured_choice
from awm_langgraph.models.scripted.script import Script
from awm_langgraph.settings import Role, current_settings, variable

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_SAYS_WHERE = re.compile(r"base|endpoint|proxy|url|host", re.IGNORECASE)
_NO_KEY = SecretStr("none")
"""What a server is sent that gets no key of ours: the client library insists on one."""


def chat_model(role: Role, choice: ModelChoice, *, script: Script | None = None) -> BaseChatModel:
    """Build the model that ``choice`` names, or return the one built before for the same choice and key.

    A role's own key (``AWM_<ROLE>_API_KEY``, or the variable named by ``AWM_<ROLE>_API_KEY_ENV``) goes to the provider
    and endpoint that the settings name for that role, the key in a provider's usual variable to the provider's own
    endpoint, and neither anywhere else. One model serves any number of event loops. ``script`` is what a scripted model
    plays from.

    Raises:
        UsageError: The name, provider, parameters or key will not do, or a scripted model has no reference solution.
    """
    provider, _, name = choice.model.partition(":")
    if not name:
        raise UsageError(f"expected a model as PROVIDER:NAME, such as openai:gpt-5-mini, found {choice.model!r}")
    if provider == "scripted":
        from awm_langgraph.models.scripted.model import scripted_model

        return scripted_model(name, script)
    key = _key(role, provider, choice)
    try:
        return _service_model(provider, name, choice.base_url, key, json.dumps(choice.parameters, sort_keys=True))
    except (ImportError, TypeError, ValueError) as error:
        raise UsageError(f"the {role}'s model {choice.model} cannot be used: {_reason(error)}") from error


def _key(role: Role, provider: str, choice: ModelChoice) -> SecretStr | None:
    """Find the key for where a choice sends requests; an endpoint that a run's context brought is sent none of ours."""
    settings = current_settings().role(role)
    endpoint = _endpoint(choice)
    configured = configured_choice(role)
    is_configured = (provider, endpoint) == (configured.model.partition(":")[0], _endpoint(configured))
    if is_configured and (own := settings.key()):
        return own
    if not endpoint:
        usual = variable(f"{provider.upper()}_API_KEY")
        return SecretStr(usual) if usual else None
    if is_configured and not _is_loopback(choice.base_url):
        where = choice.base_url or ", ".join(endpoint)
        raise UsageError(
            f"the {role}'s model {choice.model} at {where}: expected a key of the role's own in api_key or api_key_env "
            f"(any text where the server wants none), found none; a usual variable such as {provider.upper()}_API_KEY "
            "is for the provider's own endpoint"
        )
    return _NO_KEY


def _endpoint(choice: ModelChoice) -> dict[str, Any]:
    """Gather whatever says where requests go."""
    named = {name: value for name, value in choice.parameters.items() if _SAYS_WHERE.search(name)}
    return {**named, "base_url": choice.base_url} if choice.base_url else named


def _is_loopback(url: str | None) -> bool:
    host = urlsplit(url or "").hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@lru_cache(maxsize=64)
def _service_model(
    provider: str, name: str, base_url: str | None, key: SecretStr | None, parameters: str
) -> BaseChatModel:
    """Build a model behind a service, from hashable values so that it is built once."""
    given: dict[str, Any] = json.loads(parameters)
    if key:
        given["api_key"] = key
    if provider in ("openai", "azure_openai"):
        from awm_langgraph.models.openai_compatible import build

        return build(provider, name, base_url, given)
    if base_url:
        given["base_url"] = base_url
    return _other_model(provider, name, given)


def _other_model(provider: str, name: str, given: dict[str, Any]) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    try:
        model: BaseChatModel = init_chat_model(name, model_provider=provider, **given)
    except ValidationError:
        raise
    except ValueError as error:
        raise ValueError(
            f"{provider!r} is no provider that langchain knows; a server that speaks OpenAI's protocol is "
            f"openai:{name} with a base URL"
        ) from error
    return model


def _reason(error: Exception) -> str:
    """Put a library's refusal in one line, without the values it was given: one of them is the key."""
    if not isinstance(error, ValidationError):
        return str(error).partition("\n")[0]
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return f"{where}: {message}" if where else message
