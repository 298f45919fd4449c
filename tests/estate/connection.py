"""Commands on a host over SSH. The only module that imports testinfra, so that another library can replace it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import testinfra


@dataclass(frozen=True, slots=True)
class Result:
    """Exit status and output of a command."""

    status: int
    stdout: str
    stderr: str


class Connection:
    """A host, reached by its name in an SSH configuration. Commands are templates: each %s is one quoted argument."""

    def __init__(self, name: str, ssh_config: Path) -> None:
        self._host = testinfra.get_host(f"ssh://{name}", ssh_config=str(ssh_config))

    def run(self, command: str, *arguments: str) -> Result:
        """Runs a command, whatever its exit status."""
        result = self._host.run(command, *arguments)
        return Result(result.rc, result.stdout, result.stderr)

    def check_output(self, command: str, *arguments: str) -> str:
        """Standard output without the last line end. AssertionError if the exit status is not 0."""
        output: str = self._host.check_output(command, *arguments)
        return output
