"""What Pulumi creates: segments, hosts and keys of one place, one stack per container engine."""
