"""Compile parts with Go: in a copy of their sources, with progress and a log. Parts are published only if they run."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pulumi_toolchain import store, trimming
from pulumi_toolchain.errors import ToolchainError
from pulumi_toolchain.golang import Go
from pulumi_toolchain.parts import LINKING, TAGS, BuildPart
from pulumi_toolchain.progress import BuildProgress
from pulumi_toolchain.texts import elapsed, word

PATIENCE = 15.0  # seconds between two lines of progress
PASSWORD = re.compile(r"//[^/@]+@")  # in a proxy's address
LAST_LINES = 12  # of the log, shown on failure

# The linker leaves debugging information out, so the compiler need not make it.
COMPILING = ["-tags", TAGS, "-gcflags=all=-dwarf=false"]

# Packages that need no module are compiled while modules are fetched. These packages of Go's own library import
# nearly all of those that the parts use.
STANDARD = (
    "archive/tar",
    "archive/zip",
    "database/sql",
    "encoding/csv",
    "encoding/gob",
    "encoding/xml",
    "log/slog",
    "net/http/httputil",
    "net/http/pprof",
    "net/mail",
    "os/exec",
    "os/signal",
    "os/user",
    "testing",
    "text/template",
)

# Error codes by the Go command's output; the first match applies. Any other output is ENG004.
CAUSES = (
    ("ENG005", re.compile(r"no space left on device|read-only file system|permission denied")),
    ("ENG003", re.compile(r"checksum mismatch|SECURITY ERROR|missing go\.sum entry")),
    (
        "ENG002",
        re.compile(
            r"dial tcp|no such host|timeout|TLS handshake|x509:|connection refused|unexpected EOF"
            r"|proxyconnect|module lookup disabled|reading \S+: [345]\d\d |unrecognized import path"
        ),
    ),
)


def build(parts: Sequence[BuildPart], go: Go, folder: Path, say: Callable[[str], None]) -> None:
    """Compile `parts`, all closed or none of them, of one source, into the cache. One run of the compiler
    builds all parts: it uses every core and compiles shared packages once. Raises ToolchainError ENG002 to ENG006;
    the log is kept."""
    label = ", ".join(part.label for part in parts)
    log = folder / "logs" / f"{'+'.join(part.folder for part in parts)}.log"
    log.parent.mkdir(exist_ok=True)
    say(word("part", part=label, log=log))
    started = time.monotonic()
    with store.staging(folder) as stage:
        source = stage / "source"
        shutil.copytree(parts[0].source, source)  # so that the checkout cannot change
        work = Work(parts, go, source, log, say)
        if parts[0].closed:
            work.close()
        work.compile(stage / "programs")
        results = [work.finish(part, stage / "programs", stage / part.name) for part in parts]
        for part, result in zip(parts, results, strict=True):
            store.publish(result, folder / part.folder)
    say(word("built", part=label, elapsed=elapsed(time.monotonic() - started)))


class Work:
    """Runs of the Go command, with one log."""

    def __init__(self, parts: Sequence[BuildPart], go: Go, source: Path, log: Path, say: Callable[[str], None]) -> None:
        self.parts, self.go, self.source, self.log, self.say = parts, go, source, log, say
        self.cache = log.parent.parent
        self.label = ", ".join(part.label for part in parts)
        self.packages = [package for part in parts for package in part.packages]
        self.log.write_text("")
        self.progress = BuildProgress(self.label, log)

    def close(self) -> None:
        try:
            trimming.close(self.source, self.run)
        except trimming.UpstreamChangedError as changed:
            self.log.write_text(f"{trimming.FOLDER}/without.toml: {changed}\n")
            raise self.failure(1) from changed

    def compile(self, programs: Path) -> None:
        """Fetch modules (`go list` needs every module) while Go's own library compiles; then compile the rest."""
        library = self.start(["build", "-v", *COMPILING, *STANDARD])
        try:
            listed = self.run(["list", "-deps", "-tags", TAGS, "-f", BuildProgress.LISTED, *self.packages])
        except BaseException:
            library.terminate()
            library.wait()
            raise
        self.progress.compiling(listed, programs=len(self.packages))
        self.wait(library)  # if it failed, the next steps fail too
        programs.mkdir()
        flags = " ".join([LINKING, *(part.flags for part in self.parts)])
        self.run(["build", "-v", *COMPILING, "-ldflags", flags, "-o", f"{programs}/", *self.packages])

    def finish(self, part: BuildPart, programs: Path, result: Path) -> Path:
        """The part's tested folder, ready to publish."""
        into = result / part.into
        into.mkdir(parents=True)
        for package in part.packages:
            name = Path(part.program).name if package == "tool" else Path(package).name
            (programs / name).rename(into / name)
        if part.scripts:
            module, files = part.scripts
            home = Path(self.run(["list", "-m", "-f", "{{.Dir}}", module]).strip())
            for file in files:
                shutil.copyfile(home / file, into / Path(file).name).chmod(0o755)
        self.try_out(part, result)
        return result

    def try_out(self, part: BuildPart, result: Path) -> None:
        """Run the program; ENG006 unless it prints its version."""
        command = result / part.program
        command_line = [str(command), part.asks_version]
        try:
            answer = subprocess.run(
                command_line,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
                env={"HOME": str(self.source), "PULUMI_SKIP_UPDATE_CHECK": "true"},
            )
            said = (answer.stdout + answer.stderr).strip()
        except (OSError, subprocess.SubprocessError) as failure:
            said = str(failure)
        if said.removeprefix("v") != part.version:
            question = f"{command.name} {part.asks_version} →"
            raise ToolchainError(
                "ENG006", f"{question} {said}", expected=f"{question} {part.version}", cache=self.cache
            )

    def run(self, arguments: Sequence[str]) -> str:
        """Run go with `arguments`, reporting progress every PATIENCE seconds. Returns its standard output."""
        process = self.start(arguments)
        answer = self.wait(process)
        if process.returncode != 0:
            raise self.failure(process.returncode)
        return answer

    def start(self, arguments: Sequence[str]) -> subprocess.Popen[str]:
        with self.log.open("a") as log:
            return subprocess.Popen(
                [self.go.command, *arguments],
                cwd=self.source,
                env=self.go.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def wait(self, process: subprocess.Popen[str]) -> str:
        try:
            while True:
                try:
                    return process.communicate(timeout=PATIENCE)[0]
                except subprocess.TimeoutExpired:
                    self.say(self.progress.line())
        except BaseException:  # on Ctrl-C, stop the compiler too
            process.terminate()
            process.wait()
            raise

    def failure(self, code: int) -> ToolchainError:
        """The last lines of the log, and the matching error code."""
        lines = self.log.read_text(errors="replace").splitlines()
        last = "\n".join([line for line in lines if line not in self.progress.weights][-LAST_LINES:])
        cause = next((cause for cause, pattern in CAUSES if pattern.search(last)), "ENG004")
        proxy = subprocess.run(
            [self.go.command, "env", "GOPROXY"], env=self.go.environment(), capture_output=True, text=True, check=False
        ).stdout.strip()
        return ToolchainError(
            cause, f"{self.label}: go → {code}; {self.log}\n{last}", proxy=PASSWORD.sub("//…@", proxy), cache=self.cache
        )
