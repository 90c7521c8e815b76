"""The formats of raw data, one module each: where its files are and come from, its attributes, and its loader."""
