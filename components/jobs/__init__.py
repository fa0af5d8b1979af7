"""Work that outlives a page: durable rows, leases, progress, cancel, child processes, the event loop."""
