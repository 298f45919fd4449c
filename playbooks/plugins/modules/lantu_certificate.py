#!/usr/bin/python
"""The host's half of a certificate: its key, a request for it, and the place of what comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.hoststate.changes import StateError, must
from ansible.module_utils.hoststate.files import Entry, place

DOCUMENTATION = r"""
module: lantu_certificate
short_description: Keep a server certificate from the place's own authority
description:
  - Makes the private key on the host, where it stays; asks the authority on the controller for a certificate where the
    present one is absent, of other names, of another key or authority, or ends soon.
options:
  key: {description: Path of the private key., type: str, required: true}
  certificate: {description: Path of the certificate., type: str, required: true}
  names: {description: DNS names that it vouches for; the first is its subject., type: list, elements: str}
  authority: {description: Folder of the authority on the controller., type: str}
  domain: {description: The only domain that a new authority may vouch for., type: str}
  title: {description: Name of a new authority., type: str}
  makes_authority: {description: Whether an absent authority is made; only a lab does., type: bool}
  install: {description: For the action plugin alone; the certificate to place., type: str}
"""
REMEDY = "is openssl installed, and the folder there?"


def main() -> None:
    text: dict[str, Any] = {"type": "str", "required": True}
    spec = {"key": text, "certificate": text, "install": {"type": "str"}}
    module = AnsibleModule(spec, supports_check_mode=True, no_log=True)
    try:
        module.exit_json(**keep(module.params, module.check_mode))
    except (StateError, OSError) as mistake:
        module.fail_json(msg=str(mistake))


def keep(wanted: dict[str, Any], check: bool) -> dict[str, Any]:
    """Whether anything changed, the request in PEM (none without a key), and the certificate that is there."""
    key, certificate = Path(wanted["key"]), Path(wanted["certificate"])
    made = not key.exists()
    if made and not check:
        new = must(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], str(key), REMEDY)
        place(Entry(key, 0o600, 0, 0), new.encode())
    if wanted["install"] and not check:
        place(Entry(certificate, 0o644, 0, 0), wanted["install"].encode())
    request = ""
    if key.exists():
        request = must(["openssl", "req", "-new", "-key", str(key), "-subj", "/CN=asked"], str(key), REMEDY)
    present = certificate.read_text() if certificate.exists() else ""
    return {"changed": made or bool(wanted["install"]), "request": request, "present": present}


if __name__ == "__main__":
    main()
