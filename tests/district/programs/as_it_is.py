"""The district's own program, and nothing more."""

from infra.__main__ import on_engine  # noqa: F401  # the whole place, as it is
