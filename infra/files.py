"""Paths of the files that Pulumi uploads to a new host. Ansible owns them afterwards; a change replaces no host."""

from __future__ import annotations

LINKS = "/etc/lantu/links"
ROUTES = "/etc/lantu/routes"
RULESET = "/etc/lantu/ruleset.nft"
HOST_KEY = "/etc/ssh/ssh_host_ed25519_key"
AUTHORIZED_KEYS = "/etc/ssh/authorized_keys.d/root"
