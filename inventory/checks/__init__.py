"""What must be true across the files of a blueprint; each check yields every mistake that it finds."""
