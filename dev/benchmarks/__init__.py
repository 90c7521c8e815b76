"""Measurements of the inference engine on random weights of real shapes. No test depends on them."""
