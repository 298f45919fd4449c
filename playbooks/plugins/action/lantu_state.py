"""Renders files, calls the module on the host, and confirms guarded changes.

The confirmation uses a new connection, because established connections pass even if the new rules refuse others.
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
MAX_TARGETS = 3  # hosts behind a bastion that are tried before the bastion counts as closed
OVERRIDES = {"trim_blocks": True, "lstrip_blocks": True}


class ActionModule(ActionBase):
    """The part of the module that runs on the controller."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        del tmp
        values = task_vars or {}
        arguments = {**self._task.args, "files": [self._file(arg, values) for arg in self._task.args.get("files", [])]}
        result.update(self._execute_module(module_name="lantu_state", module_args=arguments, task_vars=values))
        result.pop("invocation", None)  # it repeats the content of every file
        if token := result.pop("guard", ""):
            self._confirm(token, values)
        return result

    def _file(self, item: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """The item with its content as text."""
        keys = [name for name in SOURCES if name in item]
        if len(keys) != 1:
            raise AnsibleActionFail(f"{item.get('path')}: give exactly one of {', '.join(SOURCES)}, not {keys}")
        entry = {key: value for key, value in item.items() if key not in (*SOURCES, "with")}
        return {**entry, "content": self._content(keys[0], item, values)}

    def _content(self, kind: str, item: Mapping[str, Any], values: Mapping[str, Any]) -> str:
        if kind == "content":
            return str(item["content"])
        path = self._find_needle("templates" if kind == "template" else "files", item[kind])
        text = self._loader.get_text_file_contents(path)
        if kind == "source":
            return str(text)
        templar = self._templar.copy_with_new_env(
            searchpath=[str(Path(path).parent)], available_variables={**values, **item.get("with", {})}
        )
        return str(templar.template(trust_as_template(text), escape_backslashes=False, overrides=OVERRIDES))

    def _confirm(self, token: str, values: Mapping[str, Any]) -> None:
        """Confirms over a new connection; for a bastion, also connects through it to another host."""
        host = values["inventory_hostname"]
        behind = self._behind(values)
        if behind and not any(self._new_connection(item, "true", values) is None for item in behind):
            raise AnsibleActionFail(self._lost(host, f"no new connection through it to {', '.join(behind)}"))
        problem = self._new_connection(host, f"lantu-guard confirm {shlex.quote(token)}", values)
        if problem is not None:
            raise AnsibleActionFail(self._lost(host, problem))
        # the existing connection still uses the previous forwarding rules of the bastion
        subprocess.run(["ssh", *self._way(values), "-O", "stop", host], capture_output=True, timeout=CONFIRM_SECONDS)

    def _way(self, values: Mapping[str, Any]) -> list[str]:
        return shlex.split(str(self._templar.template(values.get("ansible_ssh_common_args", ""))))

    def _behind(self, values: Mapping[str, Any]) -> list[str]:
        if not values.get("lantu_leads_onward"):
            return []
        return [value for value in values["groups"]["all"] if value != values["inventory_hostname"]][:MAX_TARGETS]

    def _new_connection(self, host: str, command: str, values: Mapping[str, Any]) -> str | None:
        """Error of running a command over a new connection, or None."""
        if self._connection.transport not in ("ssh", "ansible.builtin.ssh"):
            return f"a guarded change needs a connection over ssh, not {self._connection.transport}"
        with tempfile.TemporaryFile("w+") as output:  # not a pipe: a proxy command may outlive its ssh and keep it open
            try:
                process = subprocess.run(
                    ["ssh", *FRESH, *self._way(values), host, command],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    timeout=CONFIRM_SECONDS,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return f"no answer within {CONFIRM_SECONDS} s"
            output.seek(0)
            return None if process.returncode == 0 else output.read().strip()[-500:] or f"status {process.returncode}"

    @staticmethod
    def _lost(host: str, problem: str) -> str:
        return (
            f"{host}: the change was made, but no new connection confirmed it: {problem}\n"
            "  what happens: the host undoes the change within a minute\n"
            "  remedy:       check that the declared flows allow SSH to this host, then run again"
        )
