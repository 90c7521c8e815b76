"""Inference: a job, its journal, and what an engine answers for it."""
