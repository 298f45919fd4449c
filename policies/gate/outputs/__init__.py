"""Text, Markdown, SARIF and JUnit: views of one findings document."""
