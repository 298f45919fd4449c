"""Three ways to the same Estate: declared (the blueprint), planned (Pulumi), running (engines and kernels)."""
