#!/usr/bin/python
"""Brings a host to the state that a role describes, in one call."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hoststate.accounts import accounts
from ansible.module_utils.hoststate.changes import Run, StateError
from ansible.module_utils.hoststate.files import absent, directories, files
from ansible.module_utils.hoststate.guard import Guard, settle
from ansible.module_utils.hoststate.network import network
from ansible.module_utils.hoststate.packages import packages
from ansible.module_utils.hoststate.ruleset import ruleset
from ansible.module_utils.hoststate.settings import settings
from ansible.module_utils.hoststate.units import units

DOCUMENTATION = r"""
module: lantu_state
short_description: Bring a host to a described state in one call
description:
  - Packages, accounts, directories, files, kernel settings, network, packet filter and units, in this order.
  - Only what differs is changed. No file is replaced unless the validators of all files accept them, and each file is
    replaced atomically. Check mode and diff show the changes, also on a host without any of the packages.
  - A unit that started before its files last changed is reloaded or restarted. So the running state equals the files,
    also after a failed run, and no handler is needed.
  - The host undoes changes marked C(guarded), and every change of the packet filter, after a minute unless the
    controller confirms them over a new connection. The action plugin of the same name confirms them; it also renders
    C(template) and C(source) of files on the controller.
options:
  packages:
    description: Debian packages to install.
    type: list
    elements: str
    default: []
  accounts:
    description: Accounts that may log in, by key only; all passwords are locked, all other accounts get no shell.
    type: dict
    suboptions:
      may_log_in: {description: Names of accounts., type: list, elements: str, required: true}
  directories:
    description: Directories; C(only) lists the allowed names, all others are removed.
    type: list
    elements: dict
    default: []
    suboptions:
      path: {description: Absolute path., type: str, required: true}
      mode: {description: Octal digits., type: str, default: "0755"}
      owner: {description: Account., type: str, default: root}
      group: {description: Group., type: str, default: root}
      only: {description: Allowed names in it., type: list, elements: str}
  files:
    description: Files with exactly one of C(content), C(template), C(source); the last two are on the controller.
    type: list
    elements: dict
    default: []
    suboptions:
      path: {description: Absolute path., type: str, required: true}
      content: {description: The text., type: str}
      template: {description: A template of the role., type: str}
      with: {description: Additional values for the template., type: dict}
      source: {description: A file of the role., type: str}
      mode: {description: Octal digits., type: str, default: "0644"}
      owner: {description: Account., type: str, default: root}
      group: {description: Group., type: str, default: root}
      secret: {description: Never shown in a diff., type: bool, default: false}
      guarded: {description: The host undoes it unless a new connection confirms it., type: bool, default: false}
      validate:
        description: Validator that must accept the file before it is replaced; C(%s) is the new file.
        type: dict
        suboptions:
          command: {description: Program and arguments., type: list, elements: str, required: true}
          needs:
            description: Paths that it needs; check mode skips it if they are missing.
            type: list
            elements: str
            default: []
  absent:
    description: Paths to remove.
    type: list
    elements: str
    default: []
  settings:
    description: Kernel settings. If the host cannot set them, a difference is an error.
    type: dict
    suboptions:
      values: {description: Dotted keys and values., type: dict, required: true}
      may_set: {description: The site's capability., type: bool, required: true}
  network:
    description: Links, addresses and routes; C(unit) applies the files at boot and after a change.
    type: dict
    suboptions:
      links: {description: File with lines ADDRESS LINK., type: str, required: true}
      routes: {description: File with lines for ip -batch., type: str, required: true}
      unit: {description: Unit that applies both., type: str, required: true}
  ruleset:
    description: The loaded nftables table; always guarded.
    type: dict
    suboptions:
      file: {description: Path of the file., type: str, required: true}
      table: {description: Family and name., type: str, required: true}
  units:
    description: systemd units.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Full name., type: str, required: true}
      enabled: {description: Whether it starts at boot., type: bool, default: true}
      running: {description: Whether it runs and is not older than its files., type: bool, default: true}
      masked: {description: Whether it is masked., type: bool, default: false}
      reload: {description: Whether a reload is sufficient., type: bool, default: false}
      files: {description: Files that it reads., type: list, elements: str, default: []}
"""

TEXT = {"type": "str"}
FLAG = {"type": "bool", "default": False}
NEEDED = {"type": "str", "required": True}
TEXTS = {"type": "list", "elements": "str", "default": []}
OWNED = {
    "path": NEEDED,
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
}
VALIDATOR = {"command": {"type": "list", "elements": "str", "required": True}, "needs": TEXTS}


def many(**options: Any) -> dict[str, Any]:
    return {"type": "list", "elements": "dict", "default": [], "options": options}


def mapping(**options: Any) -> dict[str, Any]:
    return {"type": "dict", "options": options}


SPEC = {
    "packages": TEXTS,
    "accounts": mapping(may_log_in={"type": "list", "elements": "str", "required": True}),
    "directories": many(**OWNED, mode={"type": "str", "default": "0755"}, only={"type": "list", "elements": "str"}),
    "files": many(
        **OWNED,
        content=TEXT,
        template=TEXT,
        source=TEXT,
        mode={"type": "str", "default": "0644"},
        secret=FLAG,
        guarded=FLAG,
        validate=mapping(**VALIDATOR),
        **{"with": {"type": "dict"}},
    ),
    "absent": TEXTS,
    "settings": mapping(values={"type": "dict", "required": True}, may_set={"type": "bool", "required": True}),
    "network": mapping(links=NEEDED, routes=NEEDED, unit=NEEDED),
    "ruleset": mapping(file=NEEDED, table=NEEDED),
    "units": many(
        name=NEEDED,
        enabled={"type": "bool", "default": True},
        running={"type": "bool", "default": True},
        masked=FLAG,
        reload=FLAG,
        files=TEXTS,
    ),
}


def converge(run: Run, guard: Guard, state: dict[str, Any]) -> None:
    """The order matters: the ruleset before units start, units after the files that they read."""
    settle(run)
    packages(run, state["packages"])
    accounts(run, state["accounts"])
    directories(run, state["directories"])
    files(run, state["files"], guard)
    absent(run, state["absent"])
    settings(run, state["settings"])
    network(run, state["network"])
    ruleset(run, state["ruleset"], guard)
    units(run, state["units"], guard)


def main() -> None:
    module = AnsibleModule(SPEC, supports_check_mode=True, no_log=True)  # no_log: contents stay out of the journal
    run = Run(module.check_mode)
    guard = Guard(run)
    try:
        converge(run, guard, module.params)
    except Exception as error:
        guard.undo_now()
        if not isinstance(error, (StateError, OSError)):
            raise
        module.fail_json(msg=str(error), changes=[asdict(change) for change in run.changes])
    module.exit_json(
        changed=bool(run.changes), changes=[change.what for change in run.changes], diff=_diff(run), guard=guard.token
    )


def _diff(run: Run) -> list[dict[str, str]]:
    return [
        {"before_header": change.what, "after_header": change.what, "before": change.before, "after": change.after}
        for change in run.changes
    ]


if __name__ == "__main__":
    main()
