"""Virtual machines with Debian's own kernels, in which the two commands are tried. See README.md beside this file."""
