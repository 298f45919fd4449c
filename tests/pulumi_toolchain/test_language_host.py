"""Our language host under the real engine: what a program is given, and what of it reaches people."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest
from engine_benches import Project
from pulumi_toolchain import Toolchain

MakeProject = Callable[..., Project]


def test_an_error_in_the_program_reaches_people_once_and_without_noise(project: MakeProject) -> None:
    shop = project("""
        import pulumi

        def plan_segment(prefix):
            raise ValueError(f"{prefix} overlaps")

        plan_segment("10.20.0.0/16")
    """)
    code, printed = shop.run("preview", "--diff")
    assert code != 0
    assert "in plan_segment" in printed and "__main__.py" in printed
    assert printed.count("ValueError: 10.20.0.0/16 overlaps") == 1
    assert "exit status" not in printed and "ended with" not in printed  # the host adds nothing of its own
    assert "runpy" not in printed and "pulumi-language-python" not in printed  # nor do its own frames show


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ("raise SystemExit(3)", "the Python program ended with exit status 3"),
        ("import os; os.kill(os.getpid(), 9)", "the Python program ended with signal: killed"),
    ],
)
def test_a_program_that_ends_without_a_word_is_an_error_that_says_how_it_ended(
    project: MakeProject, ends: str, words: str
) -> None:
    code, printed = project(ends).run("preview")
    assert code != 0 and words in printed


def test_a_missing_program_is_named(project: MakeProject) -> None:
    shop = project("")
    (shop.root / "__main__.py").unlink()
    code, printed = shop.run("preview")
    assert code != 0 and "__main__.py" in printed and "Traceback" not in printed


def test_output_is_shown_while_the_program_still_runs(
    project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program waits for a file that only appears once its first words were read here."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    heard = tmp_path / "heard"
    shop = project(f"""
        import pathlib, sys, time
        print("on the way", end="\\n")
        print("and a warning", file=sys.stderr)
        deadline = time.monotonic() + 60
        while not pathlib.Path({str(heard)!r}).exists():
            assert time.monotonic() < deadline, "nobody heard"
            time.sleep(0.05)
        print("arrived")
    """)
    process = shop.start("up", "--yes", "--skip-preview")
    seen = ""
    for line in process.stdout:
        seen += line
        if "on the way" in seen and "and a warning" in seen:
            heard.touch()
    assert process.wait(timeout=60) == 0, seen
    assert heard.exists() and "arrived" in seen


def test_config_reaches_the_program_and_a_secret_is_never_printed(project: MakeProject) -> None:
    shop = project("""
        import pulumi
        from pulumi.runtime.config import is_config_secret
        config = pulumi.Config()
        pulumi.export("zone", config.require("zone"))
        pulumi.export("rule", config.require_object("rules")["deny"])
        pulumi.export("secret", [is_config_secret("example:zone"), is_config_secret("example:token")])
        pulumi.export("token", config.require_secret("token"))
        pulumi.export("digits", config.require_secret("token").apply(lambda token: token[-2:]))
    """)
    for arguments in (["zone", "portal"], ["token", "hunter22", "--secret"], ["--path", "rules.deny", "everything"]):
        code, printed = shop.run("config", "set", *arguments)
        assert code == 0, printed
    code, printed = shop.run("up", "--yes", "--skip-preview")
    assert code == 0, printed
    assert '"portal"' in printed and '"everything"' in printed
    assert "hunter22" not in printed and printed.count("[secret]") == 2
    code, printed = shop.run("stack", "output", "--json", "--show-secrets")
    assert json.loads(printed) == {
        "zone": "portal",
        "rule": "everything",
        "secret": [False, True],
        "token": "hunter22",
        "digits": "22",
    }
    state = "".join(path.read_text() for path in (shop.root / "state").rglob("*.json"))
    assert "portal" in state and "hunter22" not in state


def test_the_virtual_environment_is_relative_to_the_project_not_to_the_program(project: MakeProject) -> None:
    shop = project("import sys, pulumi; pulumi.export('prefix', sys.prefix)", "virtualenv: venv", main="infra")
    (shop.root / "venv").symlink_to(sys.prefix)
    code, printed = shop.run("preview")
    assert code == 0 and str(shop.root / "venv") in printed, printed


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("virtualenv: nowhere", '"nowhere", but'),
        ("typechecker: mypy", "runtime option typechecker: mypy is not supported"),
        ("toolchain: conda", "known are virtualenv (a folder) and toolchain (pip, poetry, uv)"),
    ],
)
def test_an_unfit_runtime_option_is_an_error_before_the_program_runs(
    project: MakeProject, options: str, words: str
) -> None:
    code, printed = project("print('I ran')", options).run("preview")
    assert code != 0 and words in printed and "I ran" not in printed, printed


def test_a_missing_plugin_is_an_error_at_once_and_nothing_is_downloaded(project: MakeProject) -> None:
    shop = project("import pulumi_docker; pulumi_docker.Volume('data')")
    shutil.rmtree(shop.home / "plugins")
    began = time.monotonic()
    code, printed = shop.run("preview")
    assert code != 0 and "no resource plugin 'pulumi-resource-docker'" in printed and "v5.2.0" in printed, printed
    assert "ownloading" not in printed and time.monotonic() - began < 60


def test_nothing_is_installed_behind_the_lock_files_back(project: MakeProject) -> None:
    code, printed = project("").run("install")
    assert code != 0 and "scripts/setup" in printed, printed


def test_about_names_the_interpreter_and_its_packages(project: MakeProject) -> None:
    code, printed = project("").run("about", "--transitive", "--json")
    assert code == 0, printed
    about = json.loads(printed[printed.index("{") :])
    assert about["runtime"]["executable"].startswith(sys.prefix)
    assert {"name": "pulumi-docker", "version": metadata.version("pulumi-docker")} in about["dependencies"]
    assert ["resource", "docker"] in [[each["kind"], each["name"]] for each in about["plugins"]]


PACK = """
    from pulumi_policy import EnforcementLevel, PolicyConfigSchema, PolicyPack, ResourceValidationPolicy

    least = int(open("least").read())  # a pack runs in its own folder

    def evaluate(args, report):
        if args.props.get("length", 100) < args.get_config()["least"]:
            report(f"{args.name} is too short")

    PolicyPack("lengths", policies=[ResourceValidationPolicy(
        name="length", description="Names are long enough.", validate=evaluate,
        enforcement_level=EnforcementLevel.MANDATORY,
        config_schema=PolicyConfigSchema({"least": {"type": "integer", "default": least}}),
    )])
"""
DYNAMIC = """
    import pathlib, pulumi
    from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult

    class Diary(ResourceProvider):
        def create(self, props):
            self.write("create", props)
            return CreateResult("one", props)
        def update(self, _id, _old, new):
            self.write("update", new)
            return UpdateResult(new)
        def delete(self, _id, props):
            self.write("delete", props)
        def write(self, did, props):
            with pathlib.Path(props["diary"]).open("a") as diary:
                diary.write(f"{did} {int(props['length'])}\\n")

    class Entry(Resource):
        def __init__(self, name, **props):
            super().__init__(Diary(), name, props)

    config = pulumi.Config()
    Entry("gate", diary=config.require("diary"), length=config.require_int("length"))
"""


@pytest.fixture
def diary(project: MakeProject, tmp_path: Path) -> Project:
    """A project with one dynamic resource that writes down what is done to it, and a policy pack beside it."""
    shop = project(DYNAMIC, "virtualenv: venv")  # no `main`: the SDK's own starter of dynamic providers looks in $PWD
    (shop.root / "venv").symlink_to(sys.prefix)
    shop.write("policies/PulumiPolicy.yaml", "version: 0.1.0\nruntime: {name: python, options: {virtualenv: ../venv}}")
    shop.write("policies/__main__.py", PACK)
    shop.write("policies/least", "5")
    shop.run("config", "set", "diary", str(tmp_path / "diary"))
    shop.run("config", "set", "length", "4")
    return shop


def test_a_dynamic_provider_creates_updates_and_deletes(diary: Project, tmp_path: Path) -> None:
    for step in (
        "up --yes --skip-preview",
        "config set length 6",
        "up --yes --skip-preview",
        "preview --expect-no-changes",
        "destroy --yes --skip-preview",
    ):
        code, printed = diary.run(*step.split())
        assert code == 0, printed
        assert "Traceback" not in printed
    assert (tmp_path / "diary").read_text().splitlines() == ["create 4", "update 6", "delete 6"]


def test_a_mandatory_policy_blocks_a_preview_and_its_config_moves_the_bar(diary: Project, tmp_path: Path) -> None:
    code, printed = diary.run("preview", "--policy-pack", "policies")
    assert code != 0 and "gate is too short" in printed and "[mandatory]" in printed, printed
    lower = diary.write("lower.json", '{"length": {"enforcementLevel": "mandatory", "least": 3}}')
    code, printed = diary.run("preview", "--policy-pack", "policies", "--policy-pack-config", str(lower))
    assert code == 0 and "too short" not in printed, printed
    code, printed = diary.run("up", "--yes", "--skip-preview", "--policy-pack", "policies")
    assert code != 0 and "gate is too short" in printed, printed
    assert not (tmp_path / "diary").exists()


def test_a_broken_policy_pack_denies_and_shows_why(diary: Project) -> None:
    diary.write("policies/__main__.py", "raise LookupError('no rules found')\n")
    code, printed = diary.run("preview", "--policy-pack", "policies")
    assert code != 0 and "no rules found" in printed, printed
    assert diary.processes() == []


WAITING = """
    import pathlib, subprocess, sys, time
    pathlib.Path("sleeper").write_text(str(subprocess.Popen(["sleep", "300"]).pid))
    print("waiting", flush=True)
    time.sleep(300)
"""


STUBBORN = (
    """
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
"""
    + WAITING
)


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not (reached := true()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return reached


def started(shop: Project) -> subprocess.Popen[str]:
    """`pulumi up` of a program that waits, with a policy pack, at the point where all of it runs."""
    process = shop.start("up", "--yes", "--skip-preview", "--policy-pack", "policies")
    for line in process.stdout:
        if "waiting" in line:
            break
    for each in ("pulumi-language-python", "pulumi-language-python-exec", "pulumi.policy", "sleep 300"):
        assert wait_until(lambda each=each: each in " ".join(shop.processes()), 5), each
    return process


def ended(process: subprocess.Popen[str]) -> tuple[str, float]:
    """What was printed until the end, and how many seconds that took."""
    began = time.monotonic()
    printed, _ = process.communicate(timeout=60)
    return printed, time.monotonic() - began


def test_cancelling_an_update_ends_everything_soon_and_quietly(diary: Project) -> None:
    diary.write("__main__.py", WAITING)
    process = started(diary)
    process.send_signal(signal.SIGINT)
    printed, seconds = ended(process)
    assert process.returncode != 0 and seconds < 30
    assert "Traceback" not in printed and "KeyboardInterrupt" not in printed and "exit status" not in printed, printed
    assert wait_until(lambda: not diary.processes(), 15), diary.processes()
    code, printed = diary.run("destroy", "--yes", "--skip-preview")  # nothing is left locked
    assert code == 0, printed


def test_a_program_that_ignores_sigterm_is_ended_by_force_with_what_it_started(diary: Project) -> None:
    diary.write("__main__.py", STUBBORN)
    process = started(diary)
    process.send_signal(signal.SIGINT)
    _, seconds = ended(process)
    assert seconds < 30
    assert wait_until(lambda: not diary.processes(), 15), diary.processes()


def test_what_a_program_leaves_running_ends_with_it(project: MakeProject) -> None:
    shop = project("import subprocess; subprocess.Popen(['sleep', '300'])")
    code, printed = shop.run("preview")
    assert code == 0, printed
    assert shop.processes() == []


@pytest.mark.parametrize("program", [WAITING, STUBBORN], ids=["waiting", "stubborn"])
def test_a_killed_engine_leaves_no_process_behind(diary: Project, program: str) -> None:
    diary.write("__main__.py", program)
    process = started(diary)
    process.kill()
    process.wait()
    assert wait_until(lambda: not diary.processes(), 15), diary.processes()


def test_the_host_started_by_hand_gives_its_port_and_ends_on_sigterm(engine: Toolchain) -> None:
    host = subprocess.Popen(
        [engine.bin_dir / "pulumi-language-python"], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert 0 < int(host.stdout.readline()) < 65536
    host.terminate()
    assert host.communicate(timeout=10) == ("", None) and host.returncode == 0
