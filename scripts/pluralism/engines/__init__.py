"""Engines know only requests: they take all requests of a job and yield generations as they finish."""
