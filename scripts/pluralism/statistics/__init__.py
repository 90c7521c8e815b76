"""Statistics of a study: how good the ADMs are, how sure that is, and where they go wrong.

Pure functions over arrays, a module per question. `reading` reads the files, `analysis` makes all tables.
"""
