"""Conventions of all roles, playbooks and plugins, checked on all files."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.playbooks.conftest import PLAYBOOKS, ROOT

ROLES = sorted(path for path in (PLAYBOOKS / "roles").iterdir() if path.is_dir())
BOOKS = sorted(PLAYBOOKS.glob("*.yml"))
PLAYS = [path for path in BOOKS if path.name not in ("site.yml", "hosts.lantu.yml")]
UNITS = sorted(path for path in (PLAYBOOKS / "roles").rglob("files/*") if path.suffix in (".service", ".timer"))
PROGRAMS = sorted(path for path in (PLAYBOOKS / "roles").rglob("files/*") if path.read_text()[:2] == "#!")


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def named(path: Path) -> str:
    return path.name


def written(folder: Path) -> Iterator[Path]:
    """Source files, without generated ones."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith((".", "__")) for part in path.relative_to(folder).parts[:-1]):
            yield path


def tasks() -> Iterator[tuple[str, dict[str, Any]]]:
    for role in ROLES:
        for path in sorted((role / "tasks").glob("*.yml")):
            yield from ((f"{role.name}/{path.name}", task) for task in loaded(path))


def files() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every file of every lantu_state task, also where a variable of the task lists them."""
    for where, task in tasks():
        state = task.get("lantu_state", {})
        lists = [state.get("files", []), *task.get("vars", {}).values()]
        yield from ((where, one) for entries in lists if isinstance(entries, list) for one in entries)


@pytest.mark.parametrize("role", ROLES, ids=named)
def test_every_role_states_its_contract(role: Path) -> None:
    spec = loaded(role / "meta" / "argument_specs.yml")["argument_specs"]["main"]
    assert spec["short_description"]
    assert all(name.startswith(f"{role.name}__") for name in spec["options"])
    assert [name for name, one in spec["options"].items() if not one.get("description")] == []
    assert [name for name, one in spec["options"].items() if not one.get("required")] == [], "values are never guessed"


@pytest.mark.parametrize("book", PLAYS, ids=named)
def test_every_play_stops_all_hosts_where_one_fails(book: Path) -> None:
    for play in loaded(book):
        assert play["any_errors_fatal"] is True
        assert play["max_fail_percentage"] == 0
        assert play["gather_facts"] is False, "the blueprint knows; nothing is asked of the hosts"
        assert set(play) <= {"name", "hosts", "any_errors_fatal", "max_fail_percentage", "gather_facts", "roles"}


@pytest.mark.parametrize("book", PLAYS, ids=named)
def test_every_play_sets_exactly_the_parameters_of_each_role(book: Path) -> None:
    for play in loaded(book):
        for given in play["roles"]:
            spec = loaded(PLAYBOOKS / "roles" / given["role"] / "meta" / "argument_specs.yml")
            assert set(given) - {"role"} == set(spec["argument_specs"]["main"]["options"])


def test_the_whole_site_is_every_play_once() -> None:
    assert sorted(item["import_playbook"] for item in loaded(PLAYBOOKS / "site.yml")) == [path.name for path in PLAYS]


def test_roles_use_their_parameters_only() -> None:
    """A playbook shows the origin of each value."""
    assert [path for path in written(PLAYBOOKS / "roles") if "{{ lantu_" in path.read_text()] == []


def test_every_template_has_a_validator() -> None:
    found = list(files())
    templates = [(where, one) for where, one in found if "template" in one]
    assert len(templates) >= 6, "the control: templates are found"
    assert [(where, one["path"]) for where, one in templates if not one.get("validate")] == []


def test_every_file_has_one_origin_that_exists() -> None:
    for where, one in files():
        origins = {"content", "template", "source"} & set(one)
        assert len(origins) == 1, (where, one["path"])
        role = PLAYBOOKS / "roles" / where.split("/")[0]
        for kind, folder in (("template", "templates"), ("source", "files")):
            assert kind not in one or (role / folder / one[kind]).is_file()


def test_changes_that_could_lock_out_operators_are_guarded() -> None:
    guarded = {one["path"] for _, one in files() if one.get("guarded")}
    assert guarded == {
        "/etc/ssh/authorized_keys.d/root",
        "/etc/ssh/sshd_config.d/10-lantu.conf",
        "/etc/lantu/ruleset.nft",
    }


def test_every_task_has_a_name_and_a_command_says_whether_it_changes_anything() -> None:
    for where, task in tasks():
        assert task.get("name"), where
        if {"ansible.builtin.command", "ansible.builtin.shell", "command", "shell"} & set(task):
            assert "changed_when" in task, (where, task["name"])


def test_no_role_has_a_handler() -> None:
    """A failed run loses its handlers; units are compared with their files instead."""
    assert [str(path) for path in (PLAYBOOKS / "roles").rglob("handlers")] == []
    assert [where for where, task in tasks() if "notify" in task] == []


def test_no_file_flushes_all_tables() -> None:
    """`flush ruleset` would delete the tables of the docker engine."""
    spoken = re.compile(r"flush\s+ruleset")
    texts = list(written(PLAYBOOKS))
    assert len(texts) > 40, "the control: files are found"
    assert [path for path in texts if spoken.search(path.read_text())] == []


@pytest.mark.parametrize("unit", UNITS, ids=named)
def test_systemd_understands_every_unit(unit: Path, tmp_path: Path) -> None:
    """Programs that exist on hosts only are replaced; everything else is verified unchanged."""
    for path in UNITS:
        text = re.sub(r"^(Exec\w+=)/usr/local/sbin/\S+", r"\1/bin/true", path.read_text(), flags=re.MULTILINE)
        (tmp_path / path.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [line for line in done.stderr.splitlines() if unit.name in line]
    assert (done.returncode, complaints) == (0, [])


@pytest.mark.parametrize("program", PROGRAMS, ids=named)
def test_every_shell_program_parses_and_may_be_run(program: Path) -> None:
    subprocess.run(["sh", "-n", str(program)], check=True)
    task = [one for _, one in files() if one.get("source") == program.name]
    assert [item["mode"] for item in task] == ["0755"]


def test_the_modules_documentation_is_its_specification(plugin: Callable[[str], ModuleType]) -> None:
    module = plugin("modules/lantu_state")
    assert _options(yaml.safe_load(module.DOCUMENTATION)["options"]) == module.SPEC


def _options(told: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, one in told.items():
        kept = {key: value for key, value in one.items() if key not in ("description", "suboptions")}
        if "suboptions" in one:
            kept["options"] = _options(one["suboptions"])
        found[name] = kept
    return found


def test_ansible_reads_the_whole_site() -> None:
    argv = [str(Path(sys.executable).with_name("ansible-playbook")), "--syntax-check", "playbooks/site.yml"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def switches() -> Iterator[tuple[Path, str]]:
    """Every option of type bool, also those below another option: its role, its name."""
    for role in ROLES:
        spec = loaded(role / "meta" / "argument_specs.yml")["argument_specs"]["main"]
        waiting = list(spec["options"].items())
        while waiting:
            name, option = waiting.pop()
            waiting += option.get("options", {}).items()
            if option.get("type") == "bool":
                yield role, name


@pytest.mark.parametrize(("role", "name"), list(switches()), ids=lambda it: getattr(it, "name", it))
def test_every_use_of_a_switch_converts_it(role: Path, name: str) -> None:
    """argument_specs checks a bool and converts nothing: `-e NAME=false` is the text "false", and that is true."""
    uses = [
        (path, use)
        for path in written(role)
        if path.parent.name != "meta"
        for use in re.findall(rf"\b{name}\b[^\n]{{0,9}}", path.read_text())
    ]
    assert uses, "nothing reads it"
    assert [(path.name, use) for path, use in uses if not re.match(rf"{name} \| bool\b", use)] == []


def test_there_are_switches() -> None:
    assert {name for _, name in switches()} >= {"gateway__may_set", "portal__makes_authority"}
