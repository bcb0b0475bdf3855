"""A child process that does one job after another, and is replaced when it hangs or dies."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any


class Lost(Exception):
    """The child hung or died; the message says in which phase."""

    def __init__(self, sentence: str, late: bool) -> None:
        super().__init__(sentence)
        self.late = late


class Child:
    """Keeps its imports, and the data that it holds, from one job to the next.

    Parameters
    ----------
    serve : callable
        A module's function. Takes jobs from the connection until it ends, sends a message after each phase,
        and the result instead of the last one, or of any where a job fails.
    """

    def __init__(self, serve: Callable[[Connection], None]) -> None:
        self._serve = serve
        self._process: multiprocessing.process.BaseProcess | None = None
        self._connection: Connection | None = None

    def run(self, job: Any, phases: Sequence[tuple[str, float]], result: type) -> Any:
        """Do a job, of which each phase may take so many seconds; raises `Lost`."""
        connection, phase = self._connection or self._start(), "start"
        try:
            connection.send(job)
            for phase, seconds in phases:
                if not connection.poll(seconds):
                    self.close()
                    raise Lost(f"{phase} takes more than {seconds:g} s", late=True)
                if isinstance(message := connection.recv(), result):
                    return message
        except (EOFError, OSError) as error:  # the pipe has no other end any more
            raise Lost(f"the process died in {phase}, {self.close()}", late=False) from error
        raise AssertionError("a child ends each job with a result")

    def close(self) -> str:
        """Kill the process, if there is one, and say how it ended."""
        if self._process is None or self._connection is None:
            return "exit code None"
        self._process.join(timeout=0)  # the exit code of one that has ended stays
        self._process.kill()  # first, so that who waits for a message sees the end of the pipe
        self._process.join()
        self._connection.close()
        code, self._process, self._connection = self._process.exitcode, None, None
        return f"exit code {code}"

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")  # a fork copies thread pools half-dead
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=self._serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()  # or the end of the child would not be seen as the end of the pipe
        return self._connection
