"""The shared cloud: a separate Pulumi project, one stack per tenant."""
