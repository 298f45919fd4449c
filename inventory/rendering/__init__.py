"""Rulesets, host variables and network configuration of a blueprint, rendered by pure functions."""
