"""Programs that measure this package; docs/benchmarks.md says how to run them."""
