"""What the figures share: their style, the looks of ADMs, panels and legends, and writing them to files.

Planning imports all figures, so matplotlib is imported inside the functions that draw.
"""
