"""Docker engines and host images on one machine: the base of a lab site.

This package does not read the blueprint. The command line reads it and passes the values as plain arguments.
Start reading at `paths` (the names), then `engine`, `vantage`, `images`.
"""
