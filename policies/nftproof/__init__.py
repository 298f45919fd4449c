"""Proof over rendered nftables rulesets: what passes, for all packets of both families. See docs/proof.md."""
