"""Our own decoding of causal language models, on transformers."""
