"""The proof of a whole estate: what its hosts' rules really let through, compared with its flows, for all packets."""
