"""Docker engines and host images on one machine: what a lab site stands on.

Knows nothing of the blueprint: what it needs comes as plain arguments, so that the command line can pass it
what the blueprint says. Start reading at `paths` (the names), then `engine`, `vantage`, `images`.
"""
