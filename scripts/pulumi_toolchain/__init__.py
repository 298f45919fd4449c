"""Pulumi for a closed network: the installed official engine, or else an engine built from Go modules.

    engine = ensure(cache, say)                  # 10 ms if it is in the cache, about 10 minutes if not
    prepare_home(engine, home)                   # a separate PULUMI_HOME with the shared Docker plugin
    subprocess.run([engine.pulumi, "version"], env=environment(engine, home))

Only the standard library is needed, because this runs before anything is installed.
On the command line, use `python -m pulumi_toolchain`.
"""

from __future__ import annotations

from pulumi_toolchain.choose import Toolchain, ensure
from pulumi_toolchain.errors import ToolchainError
from pulumi_toolchain.home import environment, prepare_home

__all__ = ["Toolchain", "ToolchainError", "ensure", "environment", "prepare_home"]
