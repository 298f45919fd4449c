"""Pulumi for a closed network: the official engine where there is one, else one built from Go modules.

    engine = ensure(cache, say)                  # 10 ms when it is there, about 10 minutes from nothing
    prepare_home(engine, home)                   # a PULUMI_HOME of one's own, with the shared Docker plugin in it
    subprocess.run([engine.pulumi, "version"], env=environment(engine, home))

Only the standard library is needed: this runs before anything is installed. People use `python -m pulumi_toolchain`.
"""

from __future__ import annotations

from pulumi_toolchain.choose import Toolchain, ensure
from pulumi_toolchain.errors import ToolchainError
from pulumi_toolchain.home import environment, prepare_home

__all__ = ["Toolchain", "ToolchainError", "ensure", "environment", "prepare_home"]
