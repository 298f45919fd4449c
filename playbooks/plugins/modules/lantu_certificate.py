#!/usr/bin/python
"""Key, request and certificate of a server, on the host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hoststate.changes import StateError, must
from ansible.module_utils.hoststate.files import FileEntry, place

DOCUMENTATION = r"""
module: lantu_certificate
short_description: Maintain a server certificate from the location's own authority
description:
  - Creates the private key on the host, where it stays. Requests a certificate from the authority on the controller if
    there is none, if its names, key or authority differ, or if it expires soon.
options:
  key: {description: Path of the private key., type: str, required: true}
  certificate: {description: Path of the certificate., type: str, required: true}
  names: {description: DNS names of the certificate; the first is its subject., type: list, elements: str}
  authority: {description: Directory of the authority on the controller., type: str}
  domain: {description: Name constraint of a new authority., type: str}
  title: {description: Name of a new authority., type: str}
  makes_authority: {description: Whether a missing authority is created; labs only., type: bool}
  install: {description: Certificate to install; for the action plugin only., type: str}
"""
REMEDY = "check that openssl is installed and the directory exists"


def main() -> None:
    text: dict[str, Any] = {"type": "str", "required": True}
    spec = {"key": text, "certificate": text, "install": {"type": "str"}}
    module = AnsibleModule(spec, supports_check_mode=True, no_log=True)
    try:
        module.exit_json(**keep(module.params, module.check_mode))
    except (StateError, OSError) as error:
        module.fail_json(msg=str(error))


def keep(options: dict[str, Any], check: bool) -> dict[str, Any]:
    """Whether anything changed, the request in PEM (empty without a key), and the installed certificate."""
    key, certificate = Path(options["key"]), Path(options["certificate"])
    create = not key.exists()
    if create and not check:
        new = must(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], str(key), REMEDY)
        place(FileEntry(key, 0o600, 0, 0), new.encode())
    if options["install"] and not check:
        place(FileEntry(certificate, 0o644, 0, 0), options["install"].encode())
    request = ""
    if key.exists():
        request = must(["openssl", "req", "-new", "-key", str(key), "-subj", "/CN=asked"], str(key), REMEDY)
    present = certificate.read_text() if certificate.exists() else ""
    return {"changed": create or bool(options["install"]), "request": request, "present": present}


if __name__ == "__main__":
    main()
