"""What `lantu prove --ruleset` reports about the rules of one ruleset. The district's proof does not use it."""
