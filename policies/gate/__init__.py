"""The gate: rules over a snapshot of the district, in three views."""
