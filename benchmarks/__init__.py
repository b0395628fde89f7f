"""Benchmarks that people can run; docs/benchmarks.md says what they print."""
