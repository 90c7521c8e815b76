"""Runs of other code: the files of the paper's code, of align-system, of Inspect and of lm-eval."""
