"""Reporting: figures, tables and pages from the statistics."""
