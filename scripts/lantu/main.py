"""The command `lantu`: the table of subcommands, each imported when it is run, and the exit status of a run."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from inventory.texts.text import Text
from lantu.console import Exit, Format, Lang, asks, begin, default_lang, emit_ending, say, told_failure, word


class Subcommand(NamedTuple):
    """Where a subcommand is, as `module:function` below lantu.commands, and its line in `lantu --help`."""

    target: str
    help: Text


SUBCOMMANDS: dict[str, Subcommand] = {
    "check": Subcommand("check:check", Text("检查蓝图", "Check the blueprint and evaluate the gate's rules")),
    "new": Subcommand("new:new", Text("新建蓝图", "Write the blueprint of a new district")),
    "schema": Subcommand("schema:schema", Text("写出 JSON Schema", "Write the JSON Schemas of the blueprint's files")),
    "migrate": Subcommand(
        "migrate:migrate", Text("更新旧版蓝图的键名", "Rename the keys of an older release in a blueprint")
    ),
    "prove": Subcommand(
        "prove:prove", Text("证明规则集的放行范围", "Prove what the nftables rules accept, over all packets")
    ),
    "plan": Subcommand("plan:plan", Text("预览变更", "Show what would change, and the gate's verdict")),
    "preflight": Subcommand("preflight:preflight", Text("检查本机", "Check whether this machine can run the lab")),
    "up": Subcommand("up:up", Text("建成并验证", "Build and verify the district")),
    "verify": Subcommand("verify:verify", Text("验证", "Verify the running district")),
    "status": Subcommand("status:status", Text("状态", "Show the state of locations, hosts and systems")),
    "down": Subcommand("down:down", Text("拆除", "Remove a lab")),
    "hosts": Subcommand("hosts:hosts", Text("主机一览", "List the hosts and their addresses")),
    "ssh": Subcommand("ssh:ssh", Text("登录主机", "Log in to a host through its bastion")),
    "open": Subcommand("open:open_", Text("打开门户", "Open the portal in this machine's browser")),
    "env": Subcommand("env:env", Text("原生工具的环境变量", "Print the environment of pulumi, ansible and pytest")),
    "picture": Subcommand("picture:picture", Text("绘制区域图", "Draw the zones as SVG")),
    "rules": Subcommand("rules:rules", Text("规则目录", "List the gate's rules")),
    "duplicates": Subcommand(
        "duplicates:app", Text("重复建设比对", "Compare an application with the register of systems")
    ),
    "register": Subcommand("register:app", Text("系统总目录", "Import, export and measure the register of systems")),
    "snapshot": Subcommand("snapshot:app", Text("导出或评估快照", "Dump and evaluate snapshots of the district")),
    "audit": Subcommand("audit:audit", Text("审计", "Evaluate the rules on what is running")),
}
RENAMED = Text("{old} 已更名为 {new}", "{old} has been renamed: use {new}")
RENAMED_OPTIONS = {"--estate": "--blueprint", "--place": "--location"}
RENAMED_VARIABLES = {"LANTU_ESTATE": "LANTU_BLUEPRINT", "LANTU_PLACE": "LANTU_LOCATION"}
RENAMED_SUBCOMMANDS = {
    ("estate", "dump"): "lantu snapshot dump",
    ("estate", "judge"): "lantu snapshot evaluate",
    ("estate",): "lantu snapshot",
}
INTERRUPTED = Text("已中断", "interrupted")


class Subcommands(TyperGroup):
    """Imports a subcommand's module when that subcommand is called; lists all of them from the table."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # typer's signature
        return list(SUBCOMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  # typer's signature
        if cmd_name not in SUBCOMMANDS:
            return None
        if cmd_name not in self.commands:
            self.commands[cmd_name] = load(cmd_name)
        return self.commands[cmd_name]

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)
        if option is not None:
            option.default = False  # typer loads pydantic to validate an absent value, but not a bool
        return option

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  # typer's signature
        lang = word(default_lang())
        with formatter.section("Commands"):
            formatter.write_dl([(name, subcommand.help.say(lang)) for name, subcommand in SUBCOMMANDS.items()])


def load(name: str) -> Any:
    """The subcommand as an object of typer. Plain help: rich takes longer to import than everything else here."""
    module, _, function = SUBCOMMANDS[name].target.partition(":")
    subcommand = getattr(import_module(f"lantu.commands.{module}"), function)
    if isinstance(subcommand, typer.Typer):
        subcommand.rich_markup_mode = None
        group = get_group(subcommand)
        group.name = name
        return group
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(name)(subcommand)
    return get_command(single)


app = typer.Typer(
    name="lantu",
    cls=Subcommands,
    help="One blueprint for a district's networks, hosts and cloud. 一张蓝图管到底",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _group() -> None:
    """A callback makes typer treat `app` as a group although no subcommand is registered."""


def main(argv: list[str] | None = None) -> int:
    """Run one subcommand; see `console.Exit` for the status. An uncaught exception would exit 1, which means denied."""
    argv = sys.argv[1:] if argv is None else argv
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # pydantic would search all installed packages for some
    gc.set_threshold(100_000)  # most objects live as long as the run; collections would take a tenth of `lantu check`
    begin()
    code, error = _run(argv)
    if asks(argv, Format.JSON):
        emit_ending(code, error)
    return code


def renamed(argv: list[str]) -> Text | None:
    """Which name of this command line or of the environment no longer exists, and its new name."""
    words = argv[: argv.index("--")] if "--" in argv else argv
    for old, new in RENAMED_SUBCOMMANDS.items():
        if tuple(words[: len(old)]) == old:
            return RENAMED.fill(old=" ".join(("lantu", *old)), new=new)
    for option in (argument.partition("=")[0] for argument in words):
        if option in RENAMED_OPTIONS:
            return RENAMED.fill(old=option, new=RENAMED_OPTIONS[option])
    for old_variable, new_variable in RENAMED_VARIABLES.items():
        if old_variable in os.environ:
            return RENAMED.fill(old=old_variable, new=new_variable)
    return None


def _run(argv: list[str]) -> tuple[int, str]:
    """The exit status, and the error that the subcommand did not print itself."""
    lang = word(lang_of(argv))
    if (message := renamed(argv)) is not None:
        say(message.say(lang))
        return Exit.USAGE, ""
    try:
        return app(argv, standalone_mode=False) or 0, ""
    except typer.Exit as ending:
        return ending.exit_code, ""
    except typer.Abort:
        say(INTERRUPTED.say(lang))
        return Exit.DENIED, ""
    except Exception as error:
        return _failure(error, argv)


def _failure(error: Exception, argv: list[str]) -> tuple[int, str]:
    """Print an error with its remedy if it has one, else with a traceback."""
    from inventory.texts.errors import LantuError  # only failures need catalogues

    if isinstance(error, PermissionError) and os.geteuid() != 0:  # a lab's files and engines belong to root
        from lab.errors import LabError

        error = LabError("LAB001", f"uid {os.geteuid()}: {error}")
    if isinstance(error, LantuError):
        text = error.text(word(lang_of(argv)))
        say(text)
        return Exit.NOT_EVALUATED, text
    return told_failure(error), str(error) or type(error).__name__


def lang_of(argv: list[str]) -> Lang:
    """The language of this command line, read before its options are parsed."""
    options = " ".join(argv).replace("--lang=", "--lang ")
    return next((lang for lang in Lang if f"--lang {lang}" in options), default_lang())


if __name__ == "__main__":
    sys.exit(main())
