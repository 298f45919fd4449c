"""The worker processes of a run: they start together, receive commands in parallel, and end with the run."""

from __future__ import annotations

import gc
import multiprocessing
import time
from collections.abc import Iterable, Mapping
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Self

from policies.verification.matrix.failures import ProbeFailure
from policies.verification.matrix.messages import WorkerSpec
from policies.verification.matrix.worker import work

SECONDS = 120.0
"""A worker that does not answer within this time is stuck."""


class WorkerPool:
    """One worker per endpoint. A worker that fails, dies or does not answer is absent from then on, with the reason."""

    def __init__(self, specs: Iterable[WorkerSpec]) -> None:
        self.specs = {spec.name: spec for spec in specs}
        self.absent: dict[str, ProbeFailure] = {}
        self._pipes: dict[str, Connection] = {}
        self._processes: dict[str, BaseProcess] = {}

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("fork")  # starts no interpreter and loads no modules
        gc.freeze()  # keeps garbage collection in the workers from copying shared pages
        try:
            for name, spec in self.specs.items():
                here, there = context.Pipe()
                process = context.Process(target=work, args=(spec, there), daemon=True)
                process.start()
                there.close()
                self._pipes[name], self._processes[name] = here, process
        except OSError:  # not enough memory or file descriptors
            self._end()
            raise
        finally:
            gc.unfreeze()
        self._gather(dict(self._pipes))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def _end(self) -> None:
        for process in self._processes.values():
            process.kill()
        for process in self._processes.values():
            process.join()
        for pipe in self._pipes.values():
            pipe.close()

    def call(self, method: str, arguments: Mapping[str, tuple[Any, ...]]) -> dict[str, Any]:
        """Call a method of many workers at once (name -> arguments). Returns the results of those that are present."""
        pending = {}
        for name in arguments.keys() & self._pipes.keys():
            try:
                self._pipes[name].send((method, arguments[name]))
                pending[name] = self._pipes[name]
            except OSError as gone:
                self._leave(name, ProbeFailure("reported", str(gone)))
        return self._gather(pending)

    def _gather(self, pending: Mapping[str, Connection]) -> dict[str, Any]:
        names = {pipe: name for name, pipe in pending.items()}
        answers: dict[str, Any] = {}
        deadline = time.monotonic() + SECONDS
        while names and (ready := wait(list(names), max(0.0, deadline - time.monotonic()))):
            for pipe in ready:
                assert isinstance(pipe, Connection)
                name = names.pop(pipe)
                try:
                    answer = pipe.recv()
                except (EOFError, OSError):
                    self._leave(name, ProbeFailure("ended"))
                    continue
                if isinstance(answer, OSError):
                    self._leave(name, ProbeFailure("reported", str(answer)))
                else:
                    answers[name] = answer
        for name in names.values():
            self._leave(name, ProbeFailure("silent", f"{SECONDS:g}"))
        return answers

    def _leave(self, name: str, why: ProbeFailure) -> None:
        self.absent[name] = why
        self._pipes.pop(name).close()
        self._processes[name].kill()
