"""Before anything runs, and without a GPU: what a run would cost, what is missing for it, and why work is repeated."""
