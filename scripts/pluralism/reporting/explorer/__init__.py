"""The steering explorer: a page that opens from a folder, without a server, and the data that it computes with.

docs/reference/files.md has the format of the data.
"""
