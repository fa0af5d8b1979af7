"""Tables: import, the locked engine, the explorer's kernel, charts."""
