"""What rules may ask about a packet beside its addresses and ports, one file for each kind, with the true answers."""
