"""The proof of a district: what its hosts' rules pass, compared with its flows, for all packets."""
