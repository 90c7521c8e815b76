"""Before a run, and without a GPU: what it would cost, what is missing, and why work is repeated."""
