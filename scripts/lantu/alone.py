"""Runs one verb's typer app by itself (`python -m lantu.duplicates`), with the exit codes that `lantu` keeps."""

from __future__ import annotations

import traceback

import typer

from lantu.console import Exit, say


def run(app: typer.Typer) -> int:
    """The exit status: wrong usage is 2, our own mistakes are 4 with a traceback, and never Python's 1."""
    try:
        return app(standalone_mode=False) or 0
    except typer.Exit as done:
        return done.exit_code
    except typer.Abort:
        return int(Exit.DENIED)
    except Exception as mistake:
        show = getattr(mistake, "show", None)
        if callable(show) and hasattr(mistake, "exit_code"):
            show()
            return int(Exit.USAGE)
        traceback.print_exc()
        say("lantu failed: ours to mend, not yours. 这是 lantu 自身的错误，请附上以上内容报告。")
        return int(Exit.NOT_EVALUATED)
