"""Server certificates from the location's own authority. The private key is created on the host and stays there.

The authority is a directory on the controller, with a key and a certificate. Name constraints limit it to the
district's domain, and it cannot sign other authorities.
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
"""A certificate that expires in fewer days is replaced in the next run."""
SLACK = timedelta(hours=1)  # for hosts that cannot set their clocks


class ActionModule(ActionBase):
    """The part of the module that runs on the controller: it decides and signs."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        del tmp
        arguments = dict(self._task.args)
        on_host = {"key": arguments["key"], "certificate": arguments["certificate"]}
        state = self._execute_module(module_name="lantu_certificate", module_args=on_host, task_vars=task_vars)
        if state.get("failed"):
            return result | state
        try:
            reason, text = self._decide(arguments, state["request"], state["present"])
        except AuthorityError as refused:
            raise AnsibleActionFail(str(refused)) from refused
        if not reason:
            return result | {"changed": state["changed"], "reason": ""}
        result |= {"changed": True, "reason": reason, "diff": _diff(arguments["certificate"], reason)}
        if text:
            on_host["install"] = text
            installed = self._execute_module(module_name="lantu_certificate", module_args=on_host, task_vars=task_vars)
            result |= {"failed": installed.get("failed", False), "msg": installed.get("msg", "")}
        return result

    def _decide(self, arguments: dict[str, Any], request: str, present: str) -> tuple[str, str]:
        """Reason for a new certificate, and the certificate; both are empty if the present one is valid."""
        if not request:
            return "no key yet", ""  # check mode creates none
        names = list(arguments["names"])
        folder, check = Path(arguments["authority"]), self._task.check_mode
        if check and not (folder / "ca.crt").exists():
            return "no authority yet", ""
        signer = authority(folder, arguments["domain"], arguments["title"], make=bool(arguments["makes_authority"]))
        signing_request = x509.load_pem_x509_csr(request.encode())
        reason = signer.why_not(present, signing_request, names)
        return reason, signer.issue(signing_request, names) if reason and not check else ""


def _diff(path: str, reason: str) -> list[dict[str, str]]:
    return [{"before_header": path, "after_header": path, "before": f"{reason}\n", "after": "a new certificate\n"}]


class AuthorityError(Exception):
    """The authority is missing or invalid."""


@dataclass(frozen=True)
class Authority:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def issue(self, request: x509.CertificateSigningRequest, names: Sequence[str]) -> str:
        """A server certificate in PEM, for the key of the request and for `names`."""
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
        """Reason to replace a certificate; empty if it is valid."""
        if not text:
            return "no certificate"
        try:
            certificate = x509.load_pem_x509_certificate(text.encode())
            certificate.verify_directly_issued_by(self.certificate)
        except ValueError as other:
            return f"not readable or not from this authority: {other}"
        except InvalidSignature:
            return "not signed by this authority"
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if sorted(alternatives.get_values_for_type(x509.DNSName)) != sorted(names):
            return "other names"
        if certificate.public_key() != request.public_key():
            return "another key"
        left = certificate.not_valid_after_utc - datetime.now(UTC)
        return f"{left.days} days left" if left < timedelta(days=RENEW_DAYS) else ""


def authority(folder: Path, domain: str, title: str, make: bool) -> Authority:
    """Opens the authority; creates it if it is missing and `make` allows that."""
    if not (folder / "ca.crt").exists() and not make:
        raise AuthorityError(
            f"no certificate authority\n  found:    no {folder / 'ca.crt'}\n  expected: ca.key and ca.crt there\n"
            "  remedy:   put the district's own authority there; only a lab creates one"
        )
    if not (folder / "ca.crt").exists():
        with _locked(folder):
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
    """Writes the certificate last; without it the next run starts again."""
    if (folder / "ca.crt").exists():
        return  # another run has created it
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
def _locked(folder: Path) -> Iterator[None]:
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
