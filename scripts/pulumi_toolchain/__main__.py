"""python -m pulumi_toolchain: get Pulumi and print its location."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from pulumi_toolchain import ToolchainError, ensure
from pulumi_toolchain.texts import word

EXAMPLES = """examples:
  python -m pulumi_toolchain                          find or build, then print where it is
  python -m pulumi_toolchain --cache ~/.cache/lantu   keep it there (default: $LANTU_CACHE; /var/cache/lantu for root)
  python -m pulumi_toolchain --format json            one JSON document on standard output

exit status: 0 found or built; 2 usage error; 4 no Pulumi, the reason is on standard error
"""


def default_cache() -> Path:
    if chosen := os.environ.get("LANTU_CACHE"):
        return Path(chosen)
    return Path("/var/cache/lantu") if os.geteuid() == 0 else Path.home() / ".cache" / "lantu"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m pulumi_toolchain",
        description="Get Pulumi: the installed one, or build it from Go modules.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--cache", type=Path, default=default_cache(), metavar="DIR", help="cache folder for engines")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args(argv)
    try:
        engine = ensure(options.cache, lambda line: print(line, file=sys.stderr, flush=True))
    except ToolchainError as error:
        print(error, file=sys.stderr)
        if options.format == "json":
            print(json.dumps(error.as_json(), ensure_ascii=False))
        return 4
    facts = {
        "version": engine.version,
        "official": engine.official,
        "pulumi": str(engine.pulumi),
        "bin_dir": str(engine.bin_dir),
        "home": str(engine.home),
    }
    if options.format == "json":
        print(json.dumps(facts))
    else:
        for name, value in facts.items():
            print(f"{name:9} {value}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print(word("stopped"), file=sys.stderr)
        sys.exit(1)
