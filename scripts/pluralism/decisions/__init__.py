"""Decisions: from predictions to picks, and from picks to scores."""
