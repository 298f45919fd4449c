"""The proof on the hosts: what each of them is, seen from inside and from outside. Needs a running district."""
