"""One module per topic, many small rules; texts, basis and severity stand in the TOML file beside each module."""

from policies.engine import RULES
from policies.rules import intranet, isolation, machinery, networks, ports, systems, zones

__all__ = ["RULES", "intranet", "isolation", "machinery", "networks", "ports", "systems", "zones"]
