"""Whether code asks for the time or for chance while it is executed, directly or by way of what asks for it."""

import pytest

from awm_langgraph.environment.fork.inside.sources import SourceWatch
from awm_langgraph.environment.scenario_app import MODULE_NAME


def finding_of(code: str) -> str:
    watch = SourceWatch()
    with watch:
        exec(code, {"__name__": MODULE_NAME})  # noqa: S102 - the tests' own code
    return watch.finding


@pytest.mark.parametrize(
    ("code", "finding"),
    [
        ("import time; START = time.time()", "time"),
        ("from time import time_ns as now; START = now()", "time"),
        ("import time; START = time.monotonic()", "time"),
        ("import time; TODAY = time.strftime('%Y')", "time"),
        ("from datetime import datetime; CONFIG = {'loaded': {'at': datetime.utcnow().isoformat()}}", "time"),
        ("import datetime\nclass Settings:\n    day = datetime.date.today()", "time"),
        ("from datetime import datetime\ndef when(at=datetime.now().year): pass", "time"),
        ("import os; KEY = os.urandom(8).hex()", "chance"),
        ("import secrets; TOKEN = secrets.token_hex(8)", "chance"),
        ("import uuid; RUN = str(uuid.uuid4())", "chance"),
        ("from random import choice; SIDE = choice('ab')", "chance"),
        ("import random; CHANCE = {'own': random.Random(3)}", "chance"),
        (
            "import uuid\nfrom pydantic import BaseModel, Field\n"
            "class Run(BaseModel):\n    id: uuid.UUID = Field(default_factory=uuid.uuid4)\nRUN = Run()",
            "chance",
        ),
    ],
)
def test_asking_at_load_is_noted(code: str, finding: str) -> None:
    assert finding in finding_of(code)


@pytest.mark.parametrize(
    "code",
    [
        "import time, random\ndef later(): return time.time(), random.random()",
        "from datetime import datetime, date; FOUNDED = datetime(2020, 1, 1), date.fromisoformat('2020-01-01')",
        "import logging; logging.getLogger('scenario').warning('loaded')",
        "from sqlalchemy import create_engine; create_engine('sqlite://').connect().close()",
    ],
)
def test_what_libraries_ask_for_themselves_and_what_is_only_defined_is_not(code: str) -> None:
    assert finding_of(code) == ""
