"""The forms that `pluralism export` writes, one module each."""
