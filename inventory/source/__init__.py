"""Where a value stands in the files of a blueprint."""
