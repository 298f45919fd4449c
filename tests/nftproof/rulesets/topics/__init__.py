"""What rules can test beside addresses and ports, one module for each kind, with the true values."""
