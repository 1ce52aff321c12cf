"""Which LangSmith this process talks to, if any, and how a mistake of that connection is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from awm_langgraph.errors import UsageError
from awm_langgraph.settings import http_url, masked, variable

if TYPE_CHECKING:
    from langsmith import Client

_HOSTED = "https://api.smith.langchain.com"
_TIMEOUTS_MS = (5_000, 30_000)
"""To connect, and to read."""
_WORTH_ANOTHER_TRY = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Service:
    """A LangSmith that this process has a key for."""

    url: str
    key: SecretStr
    workspace: str | None = None

    def client(self, **more: Any) -> Client:
        """Make a client that traces nothing by itself unless ``more`` says so."""
        from langsmith import Client
        from urllib3 import Retry

        chosen: dict[str, Any] = {
            "auto_batch_tracing": False,
            "disable_prompt_cache": True,
            "timeout_ms": _TIMEOUTS_MS,
            # as the SDK has it, but for a service that hangs: it is not waited for four times
            "retry_config": Retry(
                3,
                read=0,
                backoff_factor=0.5,
                status_forcelist=_WORTH_ANOTHER_TRY,
                allowed_methods=None,
                raise_on_status=False,
                raise_on_redirect=False,
            ),
        }
        return Client(
            api_url=self.url, api_key=self.key.get_secret_value(), workspace_id=self.workspace, **chosen | more
        )


def configured_service() -> Service | None:
    """Find the service that the environment or ``.env`` names; None without a key.

    Raises:
        UsageError: the address is none.
    """
    key = langsmith_variable("API_KEY")
    if not key:
        return None
    try:
        url = http_url(langsmith_variable("ENDPOINT") or _HOSTED).rstrip("/")
    except ValueError as error:
        raise UsageError(f"LANGSMITH_ENDPOINT: {error}: correct it") from None
    return Service(url, SecretStr(key), langsmith_variable("WORKSPACE_ID"))


def required_service() -> Service:
    """Find the service, for work that cannot be done without one.

    Raises:
        UsageError: there is no key, or the address is none.
    """
    if service := configured_service():
        return service
    raise UsageError("expected a LangSmith key in LANGSMITH_API_KEY, found none: set it, in .env for instance")


def langsmith_variable(name: str) -> str | None:
    """Read a variable of LangSmith's, from the environment or ``.env``, by either of its two prefixes."""
    return variable(f"LANGSMITH_{name}") or variable(f"LANGCHAIN_{name}")


@contextmanager
def told_plainly(service: Service) -> Iterator[None]:
    """Tell what goes wrong with a request in one line.

    Raises:
        UsageError: the service cannot be reached, does not know the key, or refuses.
    """
    from langsmith.utils import LangSmithAuthError, LangSmithConnectionError, LangSmithError, LangSmithNotFoundError
    from requests import RequestException

    try:
        yield
    except LangSmithAuthError:
        raise UsageError(f"LangSmith at {service.url} does not know the key: check LANGSMITH_API_KEY") from None
    except (LangSmithConnectionError, RequestException):
        raise UsageError(f"LangSmith at {service.url} cannot be reached: check LANGSMITH_ENDPOINT") from None
    except LangSmithNotFoundError as error:
        reason = masked(str(error)).splitlines()[0]
        raise UsageError(
            f"LangSmith at {service.url} has no such thing: {reason}: check the name and the key's workspace; "
            "`datasets push` makes a data set"
        ) from None
    except LangSmithError as error:
        raise UsageError(f"LangSmith at {service.url} refuses: {masked(str(error)).splitlines()[0]}") from None
