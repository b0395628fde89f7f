"""Flags, help and start-up of the programs: the one place that knows absl."""
