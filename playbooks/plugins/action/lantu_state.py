"""Renders what a role describes, has the host bring itself there in one call, and confirms guarded changes.

The confirmation comes over a connection that did not exist before: one that is open already proves nothing about rules
that let established connections pass.
"""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template

SOURCES = ("content", "template", "source")
FRESH = ("-o", "ControlMaster=no", "-o", "ControlPath=none", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10")
CONFIRM_SECONDS = 30
ONWARD = 3  # through a host that leads onward, so many others are tried before it counts as closed
OVERRIDES = {"trim_blocks": True, "lstrip_blocks": True}


class ActionModule(ActionBase):
    """The controller's half of the module of the same name."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        told = super().run(tmp, task_vars)
        del tmp
        values = task_vars or {}
        wanted = {**self._task.args, "files": [self._file(arg, values) for arg in self._task.args.get("files", [])]}
        told.update(self._execute_module(module_name="lantu_state", module_args=wanted, task_vars=values))
        told.pop("invocation", None)  # every file's content once more
        if token := told.pop("guard", ""):
            self._confirm(token, values)
        return told

    def _file(self, item: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """The item with its content as text."""
        given = [name for name in SOURCES if name in item]
        if len(given) != 1:
            raise AnsibleActionFail(f"{item.get('path')}: give exactly one of {', '.join(SOURCES)}, not {given}")
        kept = {key: value for key, value in item.items() if key not in (*SOURCES, "with")}
        return {**kept, "content": self._content(given[0], item, values)}

    def _content(self, kind: str, item: Mapping[str, Any], values: Mapping[str, Any]) -> str:
        if kind == "content":
            return str(item["content"])
        found = self._find_needle("templates" if kind == "template" else "files", item[kind])
        text = self._loader.get_text_file_contents(found)
        if kind == "source":
            return str(text)
        templar = self._templar.copy_with_new_env(
            searchpath=[str(Path(found).parent)], available_variables={**values, **item.get("with", {})}
        )
        return str(templar.template(trust_as_template(text), escape_backslashes=False, overrides=OVERRIDES))

    def _confirm(self, token: str, values: Mapping[str, Any]) -> None:
        """Comes back over a new connection; through a host that leads onward, also to one behind it."""
        host = values["inventory_hostname"]
        behind = self._behind(values)
        if behind and not any(self._new_connection(item, "true", values) is None for item in behind):
            raise AnsibleActionFail(self._lost(host, f"no new connection through it to {', '.join(behind)}"))
        problem = self._new_connection(host, f"lantu-guard confirm {shlex.quote(token)}", values)
        if problem is not None:
            raise AnsibleActionFail(self._lost(host, problem))
        # whoever comes through the connection that is open would still be led by what was true when it was made
        subprocess.run(["ssh", *self._way(values), "-O", "stop", host], capture_output=True, timeout=CONFIRM_SECONDS)

    def _way(self, values: Mapping[str, Any]) -> list[str]:
        return shlex.split(str(self._templar.template(values.get("ansible_ssh_common_args", ""))))

    def _behind(self, values: Mapping[str, Any]) -> list[str]:
        if not values.get("lantu_leads_onward"):
            return []
        return [value for value in values["groups"]["all"] if value != values["inventory_hostname"]][:ONWARD]

    def _new_connection(self, host: str, command: str, values: Mapping[str, Any]) -> str | None:
        """Why a command could not be run over a connection of its own, or None."""
        if self._connection.transport not in ("ssh", "ansible.builtin.ssh"):
            return f"a guarded change needs a connection over ssh, not {self._connection.transport}"
        with tempfile.TemporaryFile("w+") as said:  # not a pipe: a proxy command may outlive its ssh and hold it
            try:
                done = subprocess.run(
                    ["ssh", *FRESH, *self._way(values), host, command],
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    timeout=CONFIRM_SECONDS,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return f"no answer within {CONFIRM_SECONDS} s"
            said.seek(0)
            return None if done.returncode == 0 else said.read().strip()[-500:] or f"status {done.returncode}"

    @staticmethod
    def _lost(host: str, problem: str) -> str:
        return (
            f"{host}: the change was made, but no new connection confirmed it: {problem}\n"
            "  what happens: the host undoes it by itself within a minute\n"
            "  remedy:       compare the declared flows with the way to this host, then run again"
        )
