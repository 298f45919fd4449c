"""The command `lantu`. Each verb is a file of its own; this one only gathers them and keeps the exit codes' promise."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import typer
from lab.errors import LabError

from lantu.console import Exit, Format, asks, begin, default_lang, emit_ending, say, told_failure, word

SUBCOMMANDS: dict[str, str] = {
    "check": "lantu.commands.check:check",
    "new": "lantu.commands.new:new",
    "schema": "lantu.commands.schema:schema",
    "migrate": "lantu.commands.migrate:migrate",
    "prove": "lantu.commands.prove:prove",
    "plan": "lantu.commands.plan:plan",
    "preflight": "lantu.commands.preflight:preflight",
    "up": "lantu.commands.up:up",
    "verify": "lantu.commands.verify:verify",
    "status": "lantu.commands.status:status",
    "down": "lantu.commands.down:down",
    "hosts": "lantu.commands.hosts:hosts",
    "ssh": "lantu.commands.ssh:ssh",
    "open": "lantu.commands.open:open_",
    "env": "lantu.commands.env:env",
    "picture": "lantu.commands.picture:picture",
    "rules": "lantu.commands.rules:rules",
    "duplicates": "lantu.commands.duplicates:app",
    "register": "lantu.commands.register:app",
    "snapshot": "lantu.commands.snapshot:app",
    "audit": "lantu.commands.audit:audit",
}
"""Verb -> the function that does it. Imported only when that verb, or help on all of them, is asked for."""

app = typer.Typer(
    name="lantu",
    help="One blueprint for a district's networks, hosts and cloud. 一张蓝图管到底",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def gather(wanted: str | None) -> None:
    """Registers the wanted verb alone, or all where it is not known, so that one verb does not pay for others."""
    names = [wanted] if wanted in SUBCOMMANDS else list(SUBCOMMANDS)
    for name in names:
        module, _, function = SUBCOMMANDS[str(name)].partition(":")
        subcommand = getattr(import_module(module), function)
        if isinstance(subcommand, typer.Typer):
            app.add_typer(subcommand, name=name)
        else:
            app.command(name)(subcommand)


@app.callback()
def _group() -> None:
    """Keeps typer from turning a single registered verb into the whole command."""


def main(argv: list[str] | None = None) -> int:
    """Runs one verb; see `console.Exit` for what its status means. Python's own 1 would read `denied`."""
    argv = sys.argv[1:] if argv is None else argv
    gather(next((word for word in argv if not word.startswith("-")), None))
    begin()
    code, error = _run(argv)
    if asks(argv, Format.JSON):  # whoever reads a document gets one, whatever happened
        emit_ending(code, error)
    return code


def _run(argv: list[str]) -> tuple[int, str]:
    """The exit status, and what the verb did not say itself."""
    try:
        return app(argv, standalone_mode=False) or 0, ""
    except typer.Exit as done:
        return done.exit_code, ""
    except typer.Abort:
        say("interrupted 已中断")
        return Exit.DENIED, ""
    except LabError as mistake:
        return _lab(mistake, argv)
    except PermissionError as mistake:  # a lab is root's, and so are its files and engines
        if os.geteuid() == 0:
            return told_failure(mistake), str(mistake)
        return _lab(LabError("LAB001", f"uid {os.geteuid()}: {mistake}"), argv)
    except Exception as mistake:
        return told_failure(mistake), str(mistake) or type(mistake).__name__


def _lab(mistake: LabError, argv: list[str]) -> tuple[int, str]:
    """The lab's own words, in the language asked for or the locale's."""
    text = mistake.text("zh" if "zh" in argv or "--lang=zh" in argv else word(default_lang()))
    say(text)
    return Exit.NOT_EVALUATED, text


if __name__ == "__main__":
    sys.exit(main())
