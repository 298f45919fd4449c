"""Rulesets as the kernel lists them: nft's language in, its JSON out, in a temporary network namespace."""

from __future__ import annotations

import subprocess


def listed(text: str) -> str:
    """`nft -j list ruleset` after `nft -f`, in a namespace of its own."""
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", "nft -f - && nft -j list ruleset"], input=text, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout
