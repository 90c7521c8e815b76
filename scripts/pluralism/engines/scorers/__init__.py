"""Engines that score text: Kaleido and reward models."""
