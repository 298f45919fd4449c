"""The plugins and the shape of roles and playbooks. Needs no host and no root; `live/` needs a lab."""
