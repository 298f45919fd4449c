"""Whether a district's zones hold: packet probes, and proofs over its rulesets."""
