"""What a SAT solver says: of rules too hard for boxes, and, from an encoding of its own, as a second answer to all."""
