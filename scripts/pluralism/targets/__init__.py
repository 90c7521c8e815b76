"""Alignment targets: what a person wants of each attribute."""
