#!/usr/bin/python
"""One call for all plain state that a role wants of a host."""

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
  - Packages, accounts, folders, files, kernel settings, network, packet filter and units, in this order.
  - Everything is compared first; only what differs is changed, whole or not at all. No file is placed unless the
    validators of all files agree. Check mode and diff tell what would happen, also on a host that has nothing yet.
  - A unit that began before its files last changed is reloaded or restarted, whoever changed them and when. So what
    runs is what is on disk, also after a run that failed half-way; no handler is needed.
  - Changes marked C(guarded), and every change of the packet filter, are undone by the host itself after a minute
    unless the controller comes back over a new connection and confirms them. The action plugin of the same name does
    that, and renders C(template) and C(source) of files on the controller.
options:
  packages:
    description: Debian packages that have to be installed.
    type: list
    elements: str
    default: []
  accounts:
    description: Who may log in, always by key; every password is locked, every other account loses its shell.
    type: dict
    suboptions:
      may_log_in: {description: Names of accounts., type: list, elements: str, required: true}
  directories:
    description: Folders; with C(only), whatever else stands in one is removed.
    type: list
    elements: dict
    default: []
    suboptions:
      path: {description: Absolute path., type: str, required: true}
      mode: {description: Octal digits., type: str, default: "0755"}
      owner: {description: Account., type: str, default: root}
      group: {description: Group., type: str, default: root}
      only: {description: The only names that it may hold., type: list, elements: str}
  files:
    description: Files. Exactly one of C(content), C(template), C(source); the last two are read on the controller.
    type: list
    elements: dict
    default: []
    suboptions:
      path: {description: Absolute path., type: str, required: true}
      content: {description: The text., type: str}
      template: {description: A template of the role., type: str}
      with: {description: Values for that template beside the role's., type: dict}
      source: {description: A file of the role., type: str}
      mode: {description: Octal digits., type: str, default: "0644"}
      owner: {description: Account., type: str, default: root}
      group: {description: Group., type: str, default: root}
      secret: {description: Never shown in a diff., type: bool, default: false}
      guarded: {description: Undone unless a new connection confirms it., type: bool, default: false}
      validate:
        description: Who judges it before it is placed; C(%s) is the file under trial.
        type: dict
        suboptions:
          command: {description: Program and arguments., type: list, elements: str, required: true}
          needs:
            description: Paths it leans on; check mode passes over it without them.
            type: list
            elements: str
            default: []
  absent:
    description: Paths that may not exist.
    type: list
    elements: str
    default: []
  settings:
    description: Kernel settings. Where the host may not set them, a difference is an error.
    type: dict
    suboptions:
      values: {description: Dotted keys and values., type: dict, required: true}
      may_set: {description: The site's capability., type: bool, required: true}
  network:
    description: Links, addresses and routes against the files that C(unit) applies at boot.
    type: dict
    suboptions:
      links: {description: File with lines ADDRESS LINK., type: str, required: true}
      routes: {description: File with lines for ip -batch., type: str, required: true}
      unit: {description: Applies both., type: str, required: true}
  ruleset:
    description: The loaded nftables table against its file; always guarded.
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
      enabled: {description: Started at boot., type: bool, default: true}
      running: {description: Running now and not older than its files., type: bool, default: true}
      masked: {description: Cannot be started by anybody., type: bool, default: false}
      reload: {description: Reload suffices to read its files., type: bool, default: false}
      files: {description: What it reads., type: list, elements: str, default: []}
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
JUDGE = {"command": {"type": "list", "elements": "str", "required": True}, "needs": TEXTS}


def many(**options: Any) -> dict[str, Any]:
    return {"type": "list", "elements": "dict", "default": [], "options": options}


def one(**options: Any) -> dict[str, Any]:
    return {"type": "dict", "options": options}


SPEC = {
    "packages": TEXTS,
    "accounts": one(may_log_in={"type": "list", "elements": "str", "required": True}),
    "directories": many(**OWNED, mode={"type": "str", "default": "0755"}, only={"type": "list", "elements": "str"}),
    "files": many(
        **OWNED,
        content=TEXT,
        template=TEXT,
        source=TEXT,
        mode={"type": "str", "default": "0644"},
        secret=FLAG,
        guarded=FLAG,
        validate=one(**JUDGE),
        **{"with": {"type": "dict"}},
    ),
    "absent": TEXTS,
    "settings": one(values={"type": "dict", "required": True}, may_set={"type": "bool", "required": True}),
    "network": one(links=NEEDED, routes=NEEDED, unit=NEEDED),
    "ruleset": one(file=NEEDED, table=NEEDED),
    "units": many(
        name=NEEDED,
        enabled={"type": "bool", "default": True},
        running={"type": "bool", "default": True},
        masked=FLAG,
        reload=FLAG,
        files=TEXTS,
    ),
}


def converge(run: Run, guard: Guard, wanted: dict[str, Any]) -> None:
    """The order matters: rules before anything listens, units after all that they read."""
    settle(run)
    packages(run, wanted["packages"])
    accounts(run, wanted["accounts"])
    directories(run, wanted["directories"])
    files(run, wanted["files"], guard)
    absent(run, wanted["absent"])
    settings(run, wanted["settings"])
    network(run, wanted["network"])
    ruleset(run, wanted["ruleset"], guard)
    units(run, wanted["units"], guard)


def main() -> None:
    module = AnsibleModule(SPEC, supports_check_mode=True, no_log=True)  # no_log: contents stay out of the journal
    run = Run(module.check_mode)
    guard = Guard(run)
    try:
        converge(run, guard, module.params)
    except Exception as mistake:
        guard.undo_now()
        if not isinstance(mistake, (StateError, OSError)):
            raise
        module.fail_json(msg=str(mistake), changes=[asdict(change) for change in run.changes])
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
