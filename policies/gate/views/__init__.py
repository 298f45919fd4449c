"""Three views of a snapshot: declared (the blueprint), planned (Pulumi), running (engines and kernels)."""
