"""Machines by hand: `.venv/bin/python -m tests.machines boot debian12`. Needs root; everything ends by itself."""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

from tests.machines import checkout, image, machine, places, ratio, tools


def main() -> int:
    words = _arguments()
    tools.ensure(_say)
    match words.command:
        case "build":
            print(image.ensure(words.release, _say).folder)
        case "boot":
            size = machine.Size(words.cpus, words.memory, words.minutes)
            made = machine.boot(
                image.ensure(words.release, _say),
                words.name or words.release,
                size,
                arguments=machine.V1 if words.v1 else "",
            )
            print(shlex.join(made.ssh()))
        case "ssh":
            found = machine.find(words.name)
            argv = [*found.ssh(words.user), *words.words]
            return subprocess.run(argv, check=False).returncode
        case "put":
            found = machine.find(words.name)
            print(checkout.put(found, words.user, source=words.source, uncommitted=True))
        case "ratio":
            print(ratio.measure(words.release, words.pairs, _say))
        case "stop":
            machine.find(words.name).stop()
        case "list":
            for item in machine.all_machines():
                state = "running" if item.alive() else "ended"
                print(f"{item.name}\t{item.image}\t{state}\tpid {item.pid}\tport {item.port}\t{item.folder}")
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.machines", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    releases = sorted(image.RELEASES)
    build = commands.add_parser("build", help="make the disk image, unless the cache has it")
    build.add_argument("release", choices=releases)
    boot = commands.add_parser("boot", help="start a throw-away machine and print how to reach it")
    boot.add_argument("release", choices=releases)
    boot.add_argument("--name", help="of the machine; the release's name by default")
    boot.add_argument("--cpus", type=int, default=2)
    boot.add_argument("--memory", type=int, default=8192, help="MiB")
    boot.add_argument("--minutes", type=int, default=180, help="it is ended after so long")
    boot.add_argument("--v1", action="store_true", help="with cgroup v1, as systemd's legacy hierarchy")
    ssh = commands.add_parser("ssh", help="a command (or a shell) in a machine")
    ssh.add_argument("name")
    ssh.add_argument("--user", default="root", choices=["root", "debian"])
    ssh.add_argument("words", nargs=argparse.REMAINDER)
    put = commands.add_parser("put", help="copy this checkout, with uncommitted changes, into it")
    put.add_argument("name")
    put.add_argument("--user", default="root", choices=["root", "debian"])
    put.add_argument("--from", dest="source", type=Path, default=places.ROOT, help="another checkout than this one")
    pairs = commands.add_parser("ratio", help="steps 4 to the last of `up`: control groups v2 against v1")
    pairs.add_argument("release", choices=releases)
    pairs.add_argument("--pairs", type=int, default=0, help="7 by default, 1 under emulation")
    commands.add_parser("stop", help="end a machine and forget what it wrote").add_argument("name")
    commands.add_parser("list", help="the machines there are")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
