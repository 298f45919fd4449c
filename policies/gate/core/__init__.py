"""The framework for rules: definition, context, evaluator, findings, texts."""
