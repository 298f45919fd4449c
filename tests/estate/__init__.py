"""Checks of the running hosts, from inside and from outside. They need a running district."""
