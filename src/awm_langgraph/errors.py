"""The errors of this package, one kind per reader.

::

    AwmError
    ├── UsageError                   the caller can mend it: one line, exit code 2
    │   ├── CatalogError             a catalog, scenario or task is not there or cannot be read
    │   └── UntrustedCodeError       code from a data set may not run unconfined here
    └── EpisodeError                 this episode failed; its siblings go on
        ├── EnvironmentBuildError    the scenario's database or server cannot be made
        ├── EnvironmentLostError     the environment died or no longer answers
        ├── ModelFailure             a model's service failed or refused (in models.failure)
        └── SnapshotError            a snapshot is missing or damaged

A tool's own error is none of these: it is a ``ToolMessage`` with ``status="error"`` that the agent reads.
"""


class AwmError(RuntimeError):
    """Anything this package raises on purpose.

    A ``RuntimeError``, since LangGraph's server shows its clients the messages of Python's own kinds of error only.
    """


class UsageError(AwmError):
    """A mistake the caller can mend; the message says what was expected, what was found and what to do."""


class CatalogError(UsageError):
    """A catalog, a scenario or a task that is not there, or a file of it that cannot be read."""


class UntrustedCodeError(UsageError):
    """Code from a data set was refused because this machine cannot confine it."""


class EpisodeError(AwmError):
    """One episode failed for a reason outside the agent; it is recorded and never rewarded."""


class EnvironmentBuildError(EpisodeError):
    """The scenario's database or its server could not be made."""


class EnvironmentLostError(EpisodeError):
    """The environment died, hung or answered with something that is not MCP."""


class SnapshotError(EpisodeError):
    """A snapshot is missing, damaged or could not be taken."""
