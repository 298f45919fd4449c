"""What every rule needs: its definition, its context, the evaluator, findings, texts."""
