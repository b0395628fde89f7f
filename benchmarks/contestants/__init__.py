"""The functions that are measured, one implementation a file.

Each `make...` function runs in a worker (benchmarks/harness/worker.py). Its arguments
arrive as JSON, and it returns a `Contestant`.
"""
