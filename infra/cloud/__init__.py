"""The shared cloud, a Pulumi project of its own: one stack per tenant."""
