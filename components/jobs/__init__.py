"""Work that outlives a page: durable jobs, the child processes they parse in, the loop on which models are asked."""
