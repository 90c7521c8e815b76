"""The study: what is run, from the config, and where it lies."""
