"""From a blueprint to rulesets, host variables, network configuration: pure functions."""
