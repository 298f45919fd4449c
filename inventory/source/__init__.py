"""Documents and source locations."""
