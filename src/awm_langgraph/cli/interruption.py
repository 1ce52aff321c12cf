"""Ctrl-C and SIGTERM: heard once, so that whatever was opened is closed however often they come."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")
Handler = Callable[[int, FrameType | None], Any]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def raise_once() -> None:
    """Let the first of these signals raise KeyboardInterrupt in the main thread; those after it change nothing."""
    _handle_with(_raise)


def ignore() -> None:
    """Let these signals change nothing until the process has ended: Python itself takes its handlers away before."""
    _handle_with(signal.SIG_IGN)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a loop of its own; the first of these signals cancels it and lets it close what it opened.

    Raises:
        KeyboardInterrupt: it was cancelled so.
    """
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    is_interrupted = False

    async def watched() -> T:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task

        def cancel(_number: int, _frame: FrameType | None) -> None:
            nonlocal is_interrupted
            is_interrupted = True
            _handle_with(_ignore)
            loop.call_soon_threadsafe(task.cancel)

        _handle_with(cancel)
        try:
            return await work
        finally:
            if not is_interrupted:
                for number, handler in zip(_SIGNALS, before, strict=True):
                    signal.signal(number, handler)

    try:
        return asyncio.run(watched())
    except asyncio.CancelledError:
        if is_interrupted:
            raise KeyboardInterrupt from None
        raise


def _handle_with(handler: Handler | signal.Handlers) -> None:
    for number in _SIGNALS:
        # Whoever started us may have had a signal ignored, as shells do for what they run in the background.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def _raise(_number: int, _frame: FrameType | None) -> None:
    _handle_with(_ignore)
    raise KeyboardInterrupt


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Do nothing. Not SIG_IGN, which the processes that we start would inherit."""
