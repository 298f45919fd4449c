"""The command `lantu`: one file per verb."""
