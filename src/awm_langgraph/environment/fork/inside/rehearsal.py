"""What a scenario's zygote does in its quiet moments: make calls, so that what they leave in its memory is inherited.

The first call of a handler fills caches of FastAPI, pydantic and SQLAlchemy, and CPython specialises code that has run
some times. An episode's child that had to do this itself would take several times as long for its first calls.
"""

from __future__ import annotations

import asyncio
import gc
import json
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from awm_langgraph.environment.database import LiveDatabase
from awm_langgraph.environment.fork.inside.answer import Result
from awm_langgraph.environment.fork.inside.child import Child

Call = tuple[str, dict[str, Any]]

import ctypes, os, time
try: FLAGS=open("/tmp/perfwork/flags").read()
except OSError: FLAGS=""
LIBC=ctypes.CDLL(None,use_errno=True)
MADV=LIBC.madvise
MADV.argtypes=[ctypes.c_void_p,ctypes.c_size_t,ctypes.c_int]
KEEP=[]
def hack():
    t=time.perf_counter(); text=b""
    os.lseek(MAPS,0,0)
    while d:=os.read(MAPS,65536): text+=d
    ok=0
    for l in text.decode().splitlines():
        p=l.split(); a,b=(int(x,16) for x in p[0].split("-"))
        if p[1]=="rw-p" and (len(p)<6 or p[5]=="[heap]"):
            lo=(a+(2<<20)-1)>>21<<21; hi=b>>21<<21
            if hi>lo and MADV(lo,hi-lo,25)==0: ok+=(hi-lo)>>20
    KEEP.append((ok,time.perf_counter()-t))
def plug():
    n=0
    for c in range(48,528,16):
        size=c-33; run=0; prev=0; need=16384//c-1; got=[]
        while run<need and len(got)<200000:
            o=bytes(size); got.append(o); run = run+1 if id(o)-prev==c else 0; prev=id(o)
        del got[-(run+1):]
        n+=len(got); KEEP.append(got)
    for c in (65536,32768,16384,8192,4096,3072,2048,1536,1024,768,640,560,528):
        prev=0; run=0; got=[]
        while run<4 and len(got)<3000:
            o=bytes(c-33-8); got.append(o); run = run+1 if 0<=id(o)-prev-c<=16 else 0; prev=id(o)
        n+=len(got); del got[-5:]; KEEP.append(got)
ROUNDS = 8
"""CPython 3.11 specialises a function when it is called for the eighth time."""

_LONGEST_SECONDS = 20.0


class Rehearsal:
    """Rounds of calls on a scratch database, one round for each episode until there were enough."""

    def __init__(
        self, calls: Iterable[Call], scratch: Path, *, serve: Callable[[], Child], release: Callable[[], None]
    ) -> None:
        """Prepare to make these calls; ``release`` lets go of what must not cross a fork."""
        self._calls = tuple(calls)
        self._scratch = LiveDatabase(scratch)
        self._image = scratch.read_bytes()
        self._serve = serve
        self._release = release
        self._rounds = 0
        self._due: list[Call] = []

    @property
    def is_due(self) -> bool:
        """Tell whether there is a call to be made."""
        return bool(self._due)

    def ask(self) -> None:
        """Have another round made, unless one is under way or there were enough."""
        if not self._due and self._rounds < ROUNDS:
            self._rounds += 1
            self._due = list(reversed(self._calls))

    def go_on(self) -> None:
        """Make one call and drop its answer.

        It is never interrupted: a library stopped in the middle of its first-time work (SQLAlchemy's mappers) stays
        broken, here and in every fork. A call that does not come back ends this process, which is then made anew.
        """
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, _LONGEST_SECONDS)
        call_once(self._serve(), self._due.pop(), self._release)
        signal.setitimer(signal.ITIMER_REAL, 0)
        if not self._due:
            self._end_round()

    def _end_round(self) -> None:
        # what was deleted must be there to be found again
        self._scratch.write_image(self._image)
        # what has come to stay is not looked at any more: a collection in a child would copy its pages
        gc.collect()
        gc.freeze()
        if self._rounds==ROUNDS and "thp" in FLAGS: hack()
        if self._rounds==ROUNDS and "plug" in FLAGS: plug()


def call_once(child: Child, call: Call, release: Callable[[], None]) -> Result:
    """Make one call in an event loop of its own."""
    tool, arguments = call
    line = json.dumps({"id": 0, "name": tool, "arguments": arguments}).encode()
    loop = asyncio.new_event_loop()
    try:
        result: Result = json.loads(loop.run_until_complete(child.answer(line)))["result"]
    finally:
        loop.close()
        release()
    return result
