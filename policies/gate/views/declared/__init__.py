"""The declared view: what the blueprint says must exist."""
