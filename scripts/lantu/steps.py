"""Steps of a run with elapsed times. Output of tools goes to a log; a failure prints its end and the next action."""

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

from inventory.texts.errors import LantuError
from inventory.texts.text import Text
from lantu.console import Exit, Lang, leave, say, word

LAST_LINES = 20
TOOK = Text("用时 {seconds} s", "took {seconds} s")
FAILED = Text("失败：{error}", "failed: {error}")
ALL_OUTPUT = Text("完整输出：{log}", "all output: {log}")
NEXT = Text("下一步：{next}", "next: {next}")
AGAIN = Text("排除原因后重新运行 scripts/up，它会从断点继续", "fix the cause and run scripts/up again; it resumes here")


class StepFailedError(Exception):
    """A tool that a step ran failed; the log has its whole output."""

    def __init__(self, command: str, status: int, lines: list[str]) -> None:
        super().__init__(f"{command} ended with status {status}")
        self.command = command
        self.status = status
        self.lines = lines

    @property
    def tail(self) -> list[str]:
        return self.lines[-LAST_LINES:]

    def about(self, beginnings: tuple[str, ...]) -> StepFailedError:
        """The same error with the paragraphs that begin so in place of the last lines, if there are any."""
        paragraphs: list[str] = []
        inside = False
        for line in self.lines:
            inside = line.startswith(beginnings) or (inside and bool(line.strip()) and line.startswith(" "))
            if inside:
                paragraphs.append(line)
        return StepFailedError(self.command, self.status, paragraphs or self.lines)


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
        """Steps without a log, for callers that only count them."""
        return cls(Path(os.devnull), lang, 0)

    @contextmanager
    def step(self, text: Text) -> Iterator[None]:
        name = text.say(word(self.lang))
        number = len(self.done) + 1
        begin = time.monotonic()
        say(f"[{number:2}/{self.total}] {clock(begin - self.began)} {name}")
        self.write(f"\n==== {name}\n")
        yield
        seconds = time.monotonic() - begin
        self.done.append((name, seconds))
        if seconds >= 1:
            say("        " + TOOK.fill(seconds=f"{seconds:.1f}").say(word(self.lang)))

    def note(self, text: str) -> None:
        """Print a line below the current step."""
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
        """Run a tool with its output in the log; lines that begin with `show` are also printed. Returns all lines."""
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

    def failed(self, error: StepFailedError) -> None:
        """Print the last lines of the tool's output, the log's name and the next action."""
        lang = word(self.lang)
        for line in error.tail:
            say(f"    {line}")
        say(FAILED.fill(error=error).say(lang))
        say(ALL_OUTPUT.fill(log=self.log).say(lang))
        say(NEXT.fill(next=AGAIN).say(lang))

    def table(self) -> list[dict[str, Any]]:
        return [{"step": name, "seconds": round(seconds, 1)} for name, seconds in self.done]


def clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def is_terminal() -> bool:
    return sys.stderr.isatty()


@contextmanager
def reported(steps: Steps) -> Iterator[None]:
    """Print every expected failure of a step, and end the run with the status that it has."""
    try:
        yield
    except StepFailedError as error:
        steps.failed(error)
        leave(Exit.DENIED)
    except LantuError as error:
        say(error.text(word(steps.lang)))
        leave(Exit.NOT_EVALUATED)
