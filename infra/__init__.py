"""The Pulumi program: segments, hosts and keys of one location, one stack per docker engine."""
