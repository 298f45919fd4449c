"""The blueprint as Ansible's inventory: one place of one lab or site; a wrong blueprint is no inventory."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

DOCUMENTATION = r"""
name: lantu
short_description: Hosts of one place, from the district's blueprint
description:
  - Reads the blueprint once and gives every host its values, typed. A blueprint with mistakes is refused, all told.
  - The way in is the place's own SSH configuration; no address, key or known host is written down here.
options:
  plugin: {description: "Marks a source of this plugin.", type: str, required: true, choices: [lantu]}
  blueprint:
    description: Folder of the blueprint; the worked example where not given.
    type: str
    env: [{name: LANTU_BLUEPRINT}]
  site: {description: "Where it is built.", type: str, default: lab, env: [{name: LANTU_SITE}]}
  lab: {description: "Name of the lab on this machine.", type: str, default: lab, env: [{name: LANTU_LAB}]}
  location:
    description: Which of the two places.
    type: str
    default: extranet
    choices: [extranet, intranet]
    env: [{name: LANTU_LOCATION}]
  state: {description: "Folder with each lab's state.", type: str, default: /var/lib/lantu, env: [{name: LANTU_STATE}]}
  language:
    description: Language of what is wrong with a blueprint.
    type: str
    default: en
    choices: [zh, en]
    env: [{name: LANTU_LANG}]
"""


class InventoryModule(BaseInventoryPlugin):  # type: ignore[misc]  # ansible-core has no type hints
    NAME = "lantu"

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(".lantu.yml")

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        found = self._described()
        for name, value in {**found.common, **self._way_in()}.items():
            inventory.set_variable("all", name, value)
        for group in found.groups:
            inventory.add_group(group)
        for host, values in found.hosts.items():
            inventory.add_host(host)
            for name, value in values.items():
                inventory.set_variable(host, name, value)
        for group, members in found.groups.items():
            for host in members:
                inventory.add_child(group, host)

    def _described(self) -> Any:
        import inventory as blueprints
        from inventory.model.zones import LocationId
        from inventory.rendering.host_variables import hostvars

        directory = self.get_option("blueprint")
        loaded = blueprints.load(Path(directory) if directory else None, self.get_option("site"))
        if loaded.blueprint is None:
            language = self.get_option("language")
            lines = [f"{problem.line(language)}\n    {problem.remedy(language)}" for problem in loaded.problems]
            raise AnsibleParserError("the blueprint is wrong, nothing is touched:\n" + "\n".join(lines))
        return hostvars(loaded.blueprint, LocationId(self.get_option("location")), date.today())

    def _way_in(self) -> dict[str, Any]:
        """Everything through the place's bastion, with its keys and known hosts; written by `lantu` from the stack."""
        folder = Path(self.get_option("state"), self.get_option("lab"), self.get_option("location"))
        return {
            "ansible_python_interpreter": "/usr/bin/python3",
            "ansible_ssh_common_args": f"-F {folder / 'ssh' / 'config'}",
            "lantu_operator_keys": _public(folder / "ssh" / "operators"),
            "lantu_authority_folder": str(folder / "ca"),
        }


def _public(private: Path) -> list[str]:
    """The public half of the operators' key; nothing before the stack has made one."""
    if not private.exists():
        return []
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

    key = load_ssh_private_key(private.read_bytes(), password=None)
    return [key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()]
