"""The embedded demo: a toy world in which the text shows the labels, and a tiny language model that reads it."""
