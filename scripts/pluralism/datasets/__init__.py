"""Raw datasets -> items."""
