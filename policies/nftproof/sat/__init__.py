"""The cross-check by a SAT solver: chains executed symbolically, fields bit by bit."""
