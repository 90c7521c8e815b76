"""Few-shot examples: which train items stand before a question, and by what similarity they are chosen."""
