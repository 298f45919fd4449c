"""One module per topic, many small rules; texts, basis and severity are in the TOML file beside each module."""
