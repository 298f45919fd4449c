"""Host state, one file per topic. Each compares the host with the described state and changes only what differs.

This code runs on the hosts, inside Ansible's module, so it uses the standard library only.
"""
