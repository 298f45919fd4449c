"""The running view: what Docker engines, kernels and hosts report."""
