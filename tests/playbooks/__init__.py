"""Plugins, roles and playbooks. These tests need no host and no root; those in `live/` need a lab."""
