"""The location's certificate authority: created once, limited to the district's names, timely renewal."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography import x509

NAMES = ["pengjiang.example", "www.pengjiang.example"]


@pytest.fixture(scope="module")
def action(plugin: Callable[[str], ModuleType]) -> ModuleType:
    return plugin("action/lantu_certificate")


@pytest.fixture
def authority(action: ModuleType, tmp_path: Path) -> Any:
    return action.authority(tmp_path / "ca", "pengjiang.example", "Test authority (LAB)", make=True)


@pytest.fixture
def host(plugin: Callable[[str], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The module on files of this test."""
    module = plugin("modules/lantu_certificate")
    real = module.place

    def own(entry: Any, content: bytes) -> None:
        found = tmp_path.stat()
        real(type(entry)(entry.path, entry.mode, found.st_uid, found.st_gid), content)

    monkeypatch.setattr(module, "place", own)
    wanted = {"key": str(tmp_path / "portal.key"), "certificate": str(tmp_path / "portal.crt"), "install": None}
    return lambda check=False, **more: module.keep(wanted | more, check)


def request(told: dict[str, Any]) -> x509.CertificateSigningRequest:
    return x509.load_pem_x509_csr(told["request"].encode())


def test_the_key_is_created_once_and_not_in_check_mode(host: Callable[..., Any], tmp_path: Path) -> None:
    assert host(check=True) == {"changed": True, "request": "", "present": ""}
    assert not (tmp_path / "portal.key").exists()
    first = host()
    assert first["changed"]
    assert stat.S_IMODE((tmp_path / "portal.key").stat().st_mode) == 0o600
    second = host()
    assert not second["changed"]
    assert request(first).public_key() == request(second).public_key()


def test_openssl_accepts_the_certificate(authority: Any, host: Callable[..., Any], tmp_path: Path) -> None:
    """Strict verification, for the requested names only."""
    host(install=authority.issue(request(host()), NAMES))
    asked = {"www.pengjiang.example": True, "zsj.pengjiang.example": False, "other.example": False}
    for name, believed in asked.items():
        done = verified(tmp_path, "-x509_strict", "-purpose", "sslserver", "-verify_hostname", name)
        assert (done.returncode == 0) == believed, done.stderr


def verified(folder: Path, *how: str) -> subprocess.CompletedProcess[str]:
    argv = ["openssl", "verify", *how, "-CAfile", str(folder / "ca" / "ca.crt"), str(folder / "portal.crt")]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def test_names_outside_the_district_are_not_accepted(authority: Any, host: Callable[..., Any], tmp_path: Path) -> None:
    host(install=authority.issue(request(host()), ["bank.example"]))
    done = verified(tmp_path)
    assert done.returncode != 0
    assert "permitted subtree violation" in done.stderr


def test_a_good_certificate_is_kept_and_every_other_is_replaced(
    action: ModuleType, authority: Any, host: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = request(host())
    good = authority.issue(asked, NAMES)
    assert authority.why_not(good, asked, NAMES) == ""
    assert authority.why_not(good, asked, list(reversed(NAMES))) == ""
    assert authority.why_not("", asked, NAMES) == "no certificate"
    assert authority.why_not("-----BEGIN", asked, NAMES).startswith("not readable")
    assert authority.why_not(good, asked, [*NAMES, "zsj.pengjiang.example"]) == "other names"
    other = action.authority(tmp_path / "other", "pengjiang.example", "Test authority (LAB)", make=True)
    assert authority.why_not(other.issue(asked, NAMES), asked, NAMES) == "not signed by this authority"
    (tmp_path / "portal.key").unlink()
    assert authority.why_not(good, request(host()), NAMES) == "another key"
    monkeypatch.setattr(action, "LEAF_DAYS", action.RENEW_DAYS - 1)
    assert authority.why_not(authority.issue(asked, NAMES), asked, NAMES).endswith("days left")


def test_the_authority_is_created_once_and_its_key_is_private(
    action: ModuleType, authority: Any, tmp_path: Path
) -> None:
    again = action.authority(tmp_path / "ca", "pengjiang.example", "Another title", make=True)
    assert again.certificate == authority.certificate
    assert stat.S_IMODE((tmp_path / "ca").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "ca" / "ca.key").stat().st_mode) == 0o600


def test_a_killed_creation_is_repeated(action: ModuleType, authority: Any, tmp_path: Path) -> None:
    (tmp_path / "ca" / "ca.crt").unlink()
    again = action.authority(tmp_path / "ca", "pengjiang.example", "Test authority (LAB)", make=True)
    assert again.key.public_key() == again.certificate.public_key()


def test_outside_a_lab_an_absent_authority_is_refused(action: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(action.AuthorityError) as refused:
        action.authority(tmp_path / "ca", "pengjiang.example", "x", make=False)
    assert "only a lab creates one" in str(refused.value)
    assert not (tmp_path / "ca").exists()


@pytest.mark.parametrize("broken", ["", "not a key"])
def test_an_authority_that_cannot_be_read_is_not_replaced(
    action: ModuleType, authority: Any, tmp_path: Path, broken: str
) -> None:
    (tmp_path / "ca" / "ca.key").write_text(broken)
    with pytest.raises(action.AuthorityError, match="cannot be read"):
        action.authority(tmp_path / "ca", "pengjiang.example", "x", make=True)


def test_key_and_certificate_of_two_authorities_are_refused(action: ModuleType, authority: Any, tmp_path: Path) -> None:
    action.authority(tmp_path / "other", "pengjiang.example", "x", make=True)
    (tmp_path / "other" / "ca.key").replace(tmp_path / "ca" / "ca.key")
    with pytest.raises(action.AuthorityError, match="do not belong together"):
        action.authority(tmp_path / "ca", "pengjiang.example", "x", make=True)
