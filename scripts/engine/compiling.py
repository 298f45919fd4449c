"""Compile one part with Go: in a copy of its sources, with progress, into a log, and published only when it runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from engine import store
from engine.errors import EngineError
from engine.golang import Go
from engine.parts import Part
from engine.words import elapsed, word

PATIENCE = 15.0  # seconds between two lines of progress
PASSWORD = re.compile(r"//[^/@]+@")  # in a proxy's address
LAST_LINES = 12  # of the log, shown on failure

# What the Go command's words mean, first match first. Anything else is ENG004.
CAUSES = (
    ("ENG005", re.compile(r"no space left on device|read-only file system|permission denied")),
    ("ENG003", re.compile(r"checksum mismatch|SECURITY ERROR|missing go\.sum entry")),
    ("ENG002", re.compile(r"dial tcp|no such host|timeout|TLS handshake|x509:|connection refused|unexpected EOF"
                          r"|proxyconnect|module lookup disabled|reading \S+: [345]\d\d |unrecognized import path")),
)


def build(part: Part, go: Go, folder: Path, say: Callable[[str], None]) -> Path:
    """Compile `part` and give its folder in the cache. Raises EngineError ENG002 to ENG006; the log stays."""
    target = folder / part.folder
    log = folder / "logs" / f"{part.folder}.log"
    log.parent.mkdir(exist_ok=True)
    say(word("part", part=part.label, log=log))
    started = time.monotonic()
    with store.staging(folder) as stage:
        source, result = stage / "source", stage / "result"
        shutil.copytree(part.source, source)  # so that nothing can change in the checkout
        result.mkdir()
        work = Work(part, go, source, log, say)
        work.compile(result)
        work.copy_scripts(result)
        work.try_out(result)
        store.publish(result, target)
    say(word("built", part=part.label, elapsed=elapsed(time.monotonic() - started)))
    return target


class Work:
    """One run of the Go command after the other, all into one log."""

    def __init__(self, part: Part, go: Go, source: Path, log: Path, say: Callable[[str], None]) -> None:
        self.part, self.go, self.source, self.log, self.say = part, go, source, log, say
        self.cache = log.parent.parent
        self.log.write_text("")

    def compile(self, result: Path) -> None:
        """Fetch first (`go list` needs every module it names), then compile: two kinds of progress, one number each."""
        packages = self.run("fetching", ["list", "-deps", "-tags", self.part.tags, *self.part.packages])
        total = len(packages.splitlines())
        into = result / self.part.into
        into.parent.mkdir(parents=True, exist_ok=True)
        out = f"{into}/" if self.part.into.endswith("/") else str(into)
        self.run("compiling", ["build", "-v", "-tags", self.part.tags, "-ldflags", f"-s -w {self.part.flags}",
                               "-o", out, *self.part.packages], total=total)

    def copy_scripts(self, result: Path) -> None:
        if not self.part.scripts:
            return
        module, files = self.part.scripts
        home = Path(self.run("fetching", ["list", "-m", "-f", "{{.Dir}}", module]).strip())
        for file in files:
            copied = shutil.copyfile(home / file, result / self.part.into / Path(file).name)
            copied.chmod(0o755)

    def try_out(self, result: Path) -> None:
        """What does not run and say its version is not published."""
        command = result / self.part.program
        asked = [str(command), self.part.asks_version]
        try:
            answer = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False,
                                    env={"HOME": str(self.source), "PULUMI_SKIP_UPDATE_CHECK": "true"})
            said = (answer.stdout + answer.stderr).strip()
        except (OSError, subprocess.SubprocessError) as failure:
            said = str(failure)
        if said.removeprefix("v") != self.part.version:
            question = f"{command.name} {self.part.asks_version} →"
            wanted = f"{question} {self.part.version}"
            raise EngineError("ENG006", f"{question} {said}", wanted=wanted, cache=self.cache)

    def run(self, phase: str, arguments: Sequence[str], total: int = 0) -> str:
        """Run go with `arguments`, telling every PATIENCE seconds how far it is. Gives its standard output."""
        started, begin = time.monotonic(), self.log.stat().st_size
        with self.log.open("a") as log, subprocess.Popen(
            [self.go.command, *arguments], cwd=self.source, env=self.go.environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
        ) as process:
            try:
                while (answer := _answer(process)) is None:
                    self.tell(phase, begin, total, time.monotonic() - started)
            except BaseException:  # Ctrl-C: leave no compiler behind
                process.terminate()
                raise
        if process.returncode != 0:
            raise self.failure(process.returncode)
        return answer

    def tell(self, phase: str, begin: int, total: int, seconds: float) -> None:
        lines = self.log.read_bytes()[begin:].decode(errors="replace").splitlines()
        modules = sum(line.startswith("go: downloading") for line in lines)
        self.say(word(phase, part=self.part.label, modules=modules, done=len(lines) - modules, total=total,
                      elapsed=elapsed(seconds)))

    def failure(self, code: int) -> EngineError:
        """The last lines of the log, and the code that fits them."""
        last = "\n".join(self.log.read_text(errors="replace").splitlines()[-LAST_LINES:])
        cause = next((cause for cause, pattern in CAUSES if pattern.search(last)), "ENG004")
        proxy = subprocess.run([self.go.command, "env", "GOPROXY"], env=self.go.environment(),
                               capture_output=True, text=True, check=False).stdout.strip()
        return EngineError(cause, f"{self.part.label}: go → {code}; {self.log}\n{last}",
                           proxy=PASSWORD.sub("//…@", proxy), cache=self.cache)


def _answer(process: subprocess.Popen[str]) -> str | None:
    """What the process printed, or None if it still runs after PATIENCE seconds."""
    try:
        return process.communicate(timeout=PATIENCE)[0]
    except subprocess.TimeoutExpired:
        return None
