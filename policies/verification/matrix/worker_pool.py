"""The processes of a run: started together, told the same thing at once, gone when it ends."""

from __future__ import annotations

import gc
import multiprocessing
import time
from collections.abc import Iterable, Mapping
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Self

from policies.verification.matrix.failures import Failure
from policies.verification.matrix.messages import WorkerSpec
from policies.verification.matrix.worker import work

SECONDS = 120.0
"""A worker that says nothing for so long is stuck, however busy the machine is."""


class WorkerPool:
    """One worker a seat. A worker that fails, dies or keeps silent is absent from then on, with the reason."""

    def __init__(self, specs: Iterable[WorkerSpec]) -> None:
        self.specs = {spec.name: spec for spec in specs}
        self.absent: dict[str, Failure] = {}
        self._pipes: dict[str, Connection] = {}
        self._processes: dict[str, BaseProcess] = {}

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("fork")  # no interpreter to start, no module to read
        gc.freeze()  # the garbage collector of a worker would else copy all that it shares with us
        try:
            for name, spec in self.specs.items():
                here, there = context.Pipe()
                process = context.Process(target=work, args=(spec, there), daemon=True)
                process.start()
                there.close()
                self._pipes[name], self._processes[name] = here, process
        except OSError:  # no room for all of them
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

    def tell(self, method: str, arguments: Mapping[str, tuple[Any, ...]]) -> dict[str, Any]:
        """Calls a method of many workers at once (names -> arguments); what each that is there returned."""
        asked = {}
        for name in arguments.keys() & self._pipes.keys():
            try:
                self._pipes[name].send((method, arguments[name]))
                asked[name] = self._pipes[name]
            except OSError as gone:
                self._leave(name, Failure("told", str(gone)))
        return self._gather(asked)

    def _gather(self, asked: Mapping[str, Connection]) -> dict[str, Any]:
        names = {pipe: name for name, pipe in asked.items()}
        answers: dict[str, Any] = {}
        deadline = time.monotonic() + SECONDS
        while names and (ready := wait(list(names), max(0.0, deadline - time.monotonic()))):
            for pipe in ready:
                assert isinstance(pipe, Connection)
                name = names.pop(pipe)
                try:
                    answer = pipe.recv()
                except (EOFError, OSError):
                    self._leave(name, Failure("ended"))
                    continue
                if isinstance(answer, OSError):
                    self._leave(name, Failure("told", str(answer)))
                else:
                    answers[name] = answer
        for name in names.values():
            self._leave(name, Failure("silent", f"{SECONDS:g}"))
        return answers

    def _leave(self, name: str, why: Failure) -> None:
        self.absent[name] = why
        self._pipes.pop(name).close()
        self._processes[name].kill()
