"""Rendered rules, loaded into a scratch network namespace and read back as the kernel has them.

The namespace belongs to one process that loads every host's text in turn and ends; nothing outside is touched. Without
root, a user namespace is used if the machine allows it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from policies.nftproof.versions import COMPARE, COMPARED, installed

SECONDS = 120
TOOLS = ("unshare", "nft")
SEARCHED = "/usr/sbin:/sbin"
SCRIPT = """
[ "$(readlink /proc/self/ns/net)" != "$1" ] || { echo "not in a namespace of its own" >&2; exit 3; }
cd "$2" || exit 3
for host in *.nft; do
    nft -f "$host" && nft $3 list ruleset >"${host%.nft}.listed" || exit 1
done
"""
"""Loads and lists one host after the other; a text begins by removing the previous host's table."""


class NotListedError(Exception):
    """Rules could not be loaded or read back. `code` names a sentence in texts.toml, `facts` its arguments."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(f"{code}: {', '.join(map(str, facts.values()))}")
        self.code, self.facts = code, facts


def require_compared_version() -> None:
    """Raises NotListedError if the nft of this machine is missing, or of a version that was never compared."""
    path = _path()
    if not shutil.which("nft", path=path):
        raise NotListedError("EP001", tool="nft")
    try:
        version = installed(path)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotListedError("EP002", reason=error) from None
    if version not in COMPARED:
        raise NotListedError("EP006", version=version, compared=", ".join(COMPARED), command=COMPARE)


def _path() -> str:
    return os.pathsep.join((os.environ.get("PATH", os.defpath), SEARCHED))


def listings(texts: Mapping[str, str], as_json: bool = True) -> dict[str, str]:
    """Host -> `nft -j list ruleset` (without -j: nft's own language) after loading its text. Raises NotListedError."""
    path = _path()
    missing = next((tool for tool in TOOLS if not shutil.which(tool, path=path)), None)
    if missing:
        raise NotListedError("EP001", tool=missing)
    if as_json:  # parsed as a ruleset; texts in nft's own language are only compared with each other
        require_compared_version()
    with TemporaryDirectory(prefix="lantu-proof-") as folder:
        for host, text in texts.items():
            (Path(folder) / f"{host}.nft").write_text(text, encoding="utf-8")
        _load(folder, path, "-j" if as_json else "")
        return {host: (Path(folder) / f"{host}.listed").read_text(encoding="utf-8") for host in texts}


def _load(folder: str, path: str, shape: str) -> None:
    own = str(Path("/proc/self/ns/net").readlink())
    command = [*_unshare(), "sh", "-c", SCRIPT, "sh", own, folder, shape]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, "PATH": path}, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotListedError("EP002", reason=error) from None
    if done.returncode:
        code = "EP003" if done.returncode == 1 and ".nft" in done.stderr else "EP002"
        raise NotListedError(code, reason=done.stderr.strip() or f"exit status {done.returncode}")


def _unshare() -> list[str]:
    return ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
