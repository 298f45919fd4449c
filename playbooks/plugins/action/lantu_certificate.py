"""A server's certificate from the place's own authority; the private key is made on the host and never leaves it.

The authority is kept by whoever runs the playbooks: one folder with a key and a certificate. It can vouch for names
below the district's domain and for nothing else (name constraints), and makes no other authorities.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

OWN_DAYS = 3650
LEAF_DAYS = 397
RENEW_DAYS = 60
"""A certificate with less left is replaced at the next converge."""
SLACK = timedelta(hours=1)  # clocks of hosts that may not set theirs


class ActionModule(ActionBase):
    """The controller's half of the module of the same name: it decides and signs."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        told = super().run(tmp, task_vars)
        del tmp
        asked = dict(self._task.args)
        on_host = {"key": asked["key"], "certificate": asked["certificate"]}
        found = self._execute_module(module_name="lantu_certificate", module_args=on_host, task_vars=task_vars)
        if found.get("failed"):
            return told | found
        try:
            reason, text = self._decide(asked, found["request"], found["present"])
        except AuthorityError as refused:
            raise AnsibleActionFail(str(refused)) from refused
        if not reason:
            return told | {"changed": found["changed"], "reason": ""}
        told |= {"changed": True, "reason": reason, "diff": _diff(asked["certificate"], reason)}
        if text:
            on_host["install"] = text
            done = self._execute_module(module_name="lantu_certificate", module_args=on_host, task_vars=task_vars)
            told |= {"failed": done.get("failed", False), "msg": done.get("msg", "")}
        return told

    def _decide(self, asked: dict[str, Any], request: str, present: str) -> tuple[str, str]:
        """Why a new certificate is needed, and the certificate; both empty where the present one is good."""
        if not request:
            return "no key yet", ""  # only looking makes none
        names = list(asked["names"])
        folder, looking = Path(asked["authority"]), self._task.check_mode
        if looking and not (folder / "ca.crt").exists():
            return "no authority yet", ""
        signer = authority(folder, asked["domain"], asked["title"], make=bool(asked["makes_authority"]))
        wanted = x509.load_pem_x509_csr(request.encode())
        reason = signer.why_not(present, wanted, names)
        return reason, signer.issue(wanted, names) if reason and not looking else ""


def _diff(path: str, reason: str) -> list[dict[str, str]]:
    return [{"before_header": path, "after_header": path, "before": f"{reason}\n", "after": "a new certificate\n"}]


class AuthorityError(Exception):
    """The authority is absent, or not whole."""


@dataclass(frozen=True)
class Authority:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def issue(self, request: x509.CertificateSigningRequest, names: Sequence[str]) -> str:
        """A server's certificate in PEM. The key is the request's, which proves it is held; the names are not."""
        if not request.is_signature_valid:
            raise AuthorityError("the request is not signed by its own key")
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]))
            .issuer_name(self.certificate.subject)
            .public_key(request.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - SLACK)
            .not_valid_after(now + timedelta(days=LEAF_DAYS))
            .add_extension(_names(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        return _pem(builder.sign(self.key, hashes.SHA256()))

    def why_not(self, text: str, request: x509.CertificateSigningRequest, names: Sequence[str]) -> str:
        """Why a certificate has to be replaced; empty where it is good."""
        if not text:
            return "no certificate"
        try:
            found = x509.load_pem_x509_certificate(text.encode())
            found.verify_directly_issued_by(self.certificate)
        except ValueError as other:
            return f"not readable or not from this authority: {other}"
        except InvalidSignature:
            return "not signed by this authority"
        held = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if sorted(held.get_values_for_type(x509.DNSName)) != sorted(names):
            return "other names"
        if found.public_key() != request.public_key():
            return "another key"
        left = found.not_valid_after_utc - datetime.now(UTC)
        return f"{left.days} days left" if left < timedelta(days=RENEW_DAYS) else ""


def authority(folder: Path, domain: str, title: str, make: bool) -> Authority:
    """Opens the authority; makes it where it is absent and `make` allows that."""
    if not (folder / "ca.crt").exists() and not make:
        raise AuthorityError(
            f"no certificate authority\n  found:    no {folder / 'ca.crt'}\n  expected: ca.key and ca.crt there\n"
            "  remedy:   put the district's own authority there; only a lab makes one by itself"
        )
    if not (folder / "ca.crt").exists():
        with _alone(folder):
            _make(folder, domain, title)
    try:
        key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
    except (OSError, ValueError, TypeError) as broken:
        raise AuthorityError(f"the certificate authority in {folder} cannot be read: {broken}") from broken
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise AuthorityError(f"{folder}: ca.key and ca.crt do not belong together")
    return Authority(key, certificate)


def _make(folder: Path, domain: str, title: str) -> None:
    """The certificate is written last: without it the next run begins again."""
    if (folder / "ca.crt").exists():
        return  # another run was faster
    key = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SLACK)
        .not_valid_after(now + timedelta(days=OWN_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.NameConstraints([x509.DNSName(domain)], None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(folder / "ca.key", private.decode(), 0o600)
    _write(folder / "ca.crt", _pem(builder.sign(key, hashes.SHA384())), 0o644)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, text: str, mode: int) -> None:
    beside = path.with_name(f".{path.name}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
    beside.rename(path)


def _names(names: Sequence[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.DNSName(name) for name in names])


def _usage(signs: bool) -> x509.KeyUsage:
    """An authority signs certificates and lists; a server signs handshakes."""
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
