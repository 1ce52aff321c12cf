"""How a scenario's server says what became of a request, apart from the result's text."""

STATUS_META = "awm-langgraph/status"
"""Key in a result's ``_meta``: the HTTP status that the application answered with."""

REFUSED_REQUEST_META = "awm-langgraph/refused-request"
"""Key in a result's ``_meta``: true when validation, MCP's or FastAPI's, refused the arguments."""

REFUSED_REQUEST_HEADER = "x-awm-refused-request"
"""HTTP header with which an application tells its server of such a refusal."""
