"""A LangSmith on loopback and tasks of the bundled catalog."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from langsmith import Client

from awm_langgraph.catalog import Catalog
from awm_langgraph.testing import LangSmithServer


@pytest.fixture
def server() -> Iterator[LangSmithServer]:
    with LangSmithServer() as served:
        yield served


@pytest.fixture
def client(server: LangSmithServer) -> Iterator[Client]:
    with closing(Client(api_url=server.url, api_key="any", disable_prompt_cache=True)) as made:
        yield made


@pytest.fixture(scope="session")
def bundled() -> Catalog:
    return Catalog.open("bundled")
