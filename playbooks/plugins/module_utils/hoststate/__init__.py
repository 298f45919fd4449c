"""Plain host state, one file a topic: each reads what is, decides, and changes only what differs.

Runs on the hosts, inside Ansible's module; so it needs nothing but Python's own library.
"""
