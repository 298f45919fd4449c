"""The command `lantu`: one module per subcommand in commands/."""
