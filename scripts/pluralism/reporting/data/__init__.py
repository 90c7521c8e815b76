"""The results of a study as tables for a user's own plots, with the same columns and types for any study."""
