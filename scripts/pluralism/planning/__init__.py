"""What a run would cost, what it lacks, and why something is made again: told before anything runs, without a GPU."""
