"""Which of a machine's package sources a host image may come from."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab.errors import LabError
from lab.images import sources

MIXED = {
    "sources.list": """
deb [signed-by=/usr/share/keyrings/debian-archive.gpg arch=amd64] http://one.example/debian bookworm main contrib
deb-src http://one.example/debian bookworm main
deb http://one.example/debian bookworm-backports main
deb http://one.example/debian trixie main
# deb http://off.example/debian bookworm main
""",
    "sources.list.d/cloud.list": "deb [signed-by=/usr/share/keyrings/cloud.gpg] http://c.example/apt bookworm main\n",
    "sources.list.d/two.sources": """Types: deb deb-src
URIs: http://two.example/debian http://three.example/debian
Suites: bookworm-updates bookworm-security sid
# a remark
Components: main non-free
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 debian-archive

Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no
""",
}


def etc(tmp_path: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_only_what_debian_signs_for_the_suite_is_taken(tmp_path: Path) -> None:
    assert (
        sources.debian_sources("bookworm", etc(tmp_path, MIXED))
        == """\
Types: deb
URIs: http://one.example/debian
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/debian-archive.gpg
Architectures: amd64

Types: deb
URIs: http://two.example/debian http://three.example/debian
Suites: bookworm-updates bookworm-security
Components: main
Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 debian-archive
"""
    )


def test_a_machine_of_another_debian_release_has_the_suite_in_its_own_archive(tmp_path: Path) -> None:
    trixie = """Types: deb
URIs: http://one.example/debian
Suites: trixie trixie-updates trixie-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://one.example/debian-security
Suites: trixie-security
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""
    text = sources.debian_sources("bookworm", etc(tmp_path, {"sources.list.d/debian.sources": trixie}))
    assert [line for line in text.splitlines() if line.startswith("Suites")] == [
        "Suites: bookworm bookworm-updates",
        "Suites: bookworm-security",
    ]
    assert "trixie" not in text and "backports" not in text


@pytest.mark.parametrize("files", [{}, {"sources.list": "deb http://one.example/debian bookworm-updates main\n"}])
def test_no_source_of_the_suite_itself_is_an_error_that_says_where_to_put_one(
    tmp_path: Path, files: dict[str, str]
) -> None:
    with pytest.raises(LabError) as none:
        sources.debian_sources("bookworm", etc(tmp_path, files))
    assert none.value.code == "LAB022" and str(tmp_path) in none.value.text("zh")


def test_of_the_machines_apt_settings_only_the_way_to_the_sources_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    dump = (
        'APT::Install-Recommends "1";\nAcquire::http::Proxy "http://proxy.example:3128";\n'
        'Acquire::Check-Date "false";\n'
        'DPkg::Post-Invoke:: "rm -rf /";\nAcquire::Languages "none";\nAcquire::https::Verify-Peer "true";\n'
    )
    monkeypatch.setattr(sources, "run", lambda _: dump)
    assert sources.fetching() == (
        'Acquire::http::Proxy "http://proxy.example:3128";\nAcquire::Check-Date "false";\n'
        'Acquire::https::Verify-Peer "true";\n'
    )
