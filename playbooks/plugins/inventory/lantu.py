"""Ansible inventory from the blueprint, for one location of a lab or site. An invalid blueprint is an error."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

DOCUMENTATION = r"""
name: lantu
short_description: Hosts of one location from the blueprint
description:
  - Reads the blueprint and sets typed variables of every host. If the blueprint is invalid, all problems are reported.
  - Hosts are accessed with the SSH configuration of the location, which has all addresses, keys and known hosts.
options:
  plugin: {description: "Marks a source of this plugin.", type: str, required: true, choices: [lantu]}
  blueprint:
    description: Blueprint directory; the worked example by default.
    type: str
    env: [{name: LANTU_BLUEPRINT}]
  site: {description: "Site of the blueprint.", type: str, default: lab, env: [{name: LANTU_SITE}]}
  lab: {description: "Name of the lab on this machine.", type: str, default: lab, env: [{name: LANTU_LAB}]}
  location:
    description: Location of the hosts.
    type: str
    default: extranet
    choices: [extranet, intranet]
    env: [{name: LANTU_LOCATION}]
  state: {description: "State directory of all labs.", type: str, default: /var/lib/lantu, env: [{name: LANTU_STATE}]}
  language:
    description: Language of problems of the blueprint.
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
        rendered = self._rendered()
        for name, value in {**rendered.common, **self._access()}.items():
            inventory.set_variable("all", name, value)
        for group in rendered.groups:
            inventory.add_group(group)
        for host, values in rendered.hosts.items():
            inventory.add_host(host)
            for name, value in values.items():
                inventory.set_variable(host, name, value)
        for group, members in rendered.groups.items():
            for host in members:
                inventory.add_child(group, host)

    def _rendered(self) -> Any:
        import inventory as blueprints
        from inventory.model.zones import LocationId
        from inventory.rendering.host_variables import hostvars

        directory = self.get_option("blueprint")
        loaded = blueprints.load(Path(directory) if directory else None, self.get_option("site"))
        if loaded.blueprint is None:
            language = self.get_option("language")
            lines = [f"{problem.line(language)}\n    {problem.remedy(language)}" for problem in loaded.problems]
            raise AnsibleParserError("the blueprint is invalid, no host was changed:\n" + "\n".join(lines))
        return hostvars(loaded.blueprint, LocationId(self.get_option("location")), date.today())

    def _access(self) -> dict[str, Any]:
        """SSH configuration, operators' keys and certificate authority, written by `lantu`."""
        folder = Path(self.get_option("state"), self.get_option("lab"), self.get_option("location"))
        return {
            "ansible_python_interpreter": "/usr/bin/python3",
            "ansible_ssh_common_args": f"-F {folder / 'ssh' / 'config'}",
            "lantu_operator_keys": _public(folder / "ssh" / "operators"),
            "lantu_authority_folder": str(folder / "ca"),
        }


def _public(private: Path) -> list[str]:
    """The operators' public key; empty if the stack has not created it."""
    if not private.exists():
        return []
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

    key = load_ssh_private_key(private.read_bytes(), password=None)
    return [key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()]
