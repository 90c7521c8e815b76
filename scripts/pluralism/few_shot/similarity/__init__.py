"""How alike two items are: the methods that few-shot retrieval can be told to use."""
