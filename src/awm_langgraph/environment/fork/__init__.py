"""The fork runtime: libraries imported once, a scenario's code executed once, a child forked per episode. Linux only.

::

    runner                  the files here: asyncio; never forks, never runs a scenario's code
      root zygote           inside/root_zygote.py: a fresh interpreter, without our environment, that has the libraries
        tool builder        inside/tool_builder.py: short-lived; lists a scenario's tools with the real fastapi-mcp
        scenario zygote     inside/scenario_zygote.py: confined; has executed the scenario's code and warmed it
          episode child     inside/child.py: confined to its episode's folder; answers calls over a socket pair

A walk: ``runtime.py`` asks ``zygotes.py`` for the scenario's zygote (started by ``scenario_process.py`` through
``root.py``), has it fork a child (``episode_process.py``), and puts MCP over the child's socket (``wire.py``).
"""
