"""The explorer's kernel: the browser sends what it wants to see, never SQL; rows come from the locked engine."""
