"""A list of steps with elapsed times; long output goes to a log file, failures show its end and what to try next."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lantu.console import Lang, say

LAST_LINES = 20


class StepFailedError(Exception):
    """A tool that a step runs said no; the log has all it said."""

    def __init__(self, command: str, status: int, lines: list[str]) -> None:
        super().__init__(f"{command} ended with status {status}")
        self.command = command
        self.status = status
        self.lines = lines

    @property
    def tail(self) -> list[str]:
        return self.lines[-LAST_LINES:]

    def about(self, beginnings: tuple[str, ...]) -> StepFailedError:
        """The same, told by the paragraphs that begin so, where the tool's last lines are not the ones that matter."""
        told: list[str] = []
        inside = False
        for line in self.lines:
            inside = line.startswith(beginnings) or (inside and bool(line.strip()) and line.startswith(" "))
            if inside:
                told.append(line)
        return StepFailedError(self.command, self.status, told or self.lines)


@dataclass
class Steps:
    """Progress of one run. `done` has each step's name and seconds, for the table at the end."""

    log: Path
    lang: Lang
    total: int
    done: list[tuple[str, float]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        if self.log != Path(os.devnull):
            self.log.parent.mkdir(parents=True, exist_ok=True)
            self.log.write_text("")
            self.log.chmod(0o600)

    @classmethod
    def silent(cls, lang: Lang = Lang.EN) -> Steps:
        """For what only counts steps, or needs none."""
        return cls(Path(os.devnull), lang, 0)

    @contextmanager
    def step(self, zh: str, en: str) -> Iterator[None]:
        name = zh if self.lang is Lang.ZH else en
        number = len(self.done) + 1
        begin = time.monotonic()
        say(f"[{number:2}/{self.total}] {clock(begin - self.began)} {name}")
        self.write(f"\n==== {name}\n")
        yield
        seconds = time.monotonic() - begin
        self.done.append((name, seconds))
        if seconds >= 1:
            say(f"        {'用时' if self.lang is Lang.ZH else 'took'} {seconds:.1f} s")

    def note(self, text: str) -> None:
        """A line below the step that is under way."""
        say(f"        {text}")
        self.write(text + "\n")

    def write(self, text: str) -> None:
        with self.log.open("a", encoding="utf-8") as file:
            file.write(text)

    def write_line(self, text: str) -> None:
        self.write(text + "\n")

    def run(
        self, argv: Sequence[str | Path], env: Mapping[str, str] | None = None, cwd: Path | None = None, show: str = ""
    ) -> list[str]:
        """Runs a tool with its output in the log; lines that begin with `show` are also shown. Returns its lines."""
        command = " ".join(str(word) for word in argv)
        self.write(f"$ {command}\n")
        kept: list[str] = []
        with subprocess.Popen(
            [str(word) for word in argv],
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            errors="replace",
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                kept.append(line.rstrip("\n"))
                self.write(line)
                if show and line.startswith(show):
                    self.note(line.strip())
        if process.returncode:
            raise StepFailedError(str(argv[0]), process.returncode, kept)
        return kept

    def failed(self, mistake: StepFailedError, try_next: str) -> None:
        """The end of what the tool said, the log's name, and the next thing to try."""
        for line in mistake.tail:
            say(f"    {line}")
        zh = self.lang is Lang.ZH
        say(f"{'失败' if zh else 'failed'}: {mistake}")
        say(f"{'完整输出' if zh else 'all output'}: {self.log}")
        say(f"{'下一步' if zh else 'try next'}: {try_next}")

    def table(self) -> list[dict[str, Any]]:
        return [{"step": name, "seconds": round(seconds, 1)} for name, seconds in self.done]


def clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def is_terminal() -> bool:
    return sys.stderr.isatty()
