"""People as targets: a person's choices, and the target that is inferred from them."""
