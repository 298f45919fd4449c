"""The versions of nft whose listings were compared with the kernel's verdicts on real packets.

What nft lists, and what it leaves out, differs by version; a listing of any other version is refused.
"""

from __future__ import annotations

import re
import subprocess

COMPARED = ("1.0.6", "1.1.3")
"""Those of Debian 12, and of Debian 13 (see `tests/drills/test_nft_versions.py`)."""
COMPARE = "scripts/test nftproof"
"""Compares the nft of the machine that runs it. If it passes, the version belongs into COMPARED."""


def installed(path: str) -> str:
    """The version of the nft on this PATH, or its whole output if that names none. Raises OSError."""
    done = subprocess.run(
        ["nft", "--version"], capture_output=True, text=True, env={"PATH": path}, timeout=10, check=False
    )
    version = re.search(r"v(\d+(?:\.\d+)+)", done.stdout)
    return version[1] if version else (done.stdout or done.stderr).strip()
