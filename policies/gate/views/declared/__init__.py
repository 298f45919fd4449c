"""The declared view: everything that the blueprint declares."""
