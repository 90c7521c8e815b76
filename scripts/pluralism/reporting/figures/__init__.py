"""The study's figures, one module each: it registers what the figure shows, which data it draws, and how.

To add one, write such a module, and its caption in `rules/captions/{figure}.rst`.
"""
