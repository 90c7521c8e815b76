"""How similar two items are, for choosing few-shot examples."""
