"""From YAML files to a blueprint: syntax, source locations, validation, schema."""
