"""Steerable pluralism: datasets, alignment targets, automatic decision makers, engines and scores."""
