"""Policy checks (gate), verification of a running district, the ruleset analyser, and the duplicate finder."""
