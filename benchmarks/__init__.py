"""Speed, as ratios against the engine below: ``python -m benchmarks`` prints the table."""
