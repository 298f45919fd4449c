"""One file per subcommand of lantu."""
