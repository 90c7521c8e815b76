"""The results of a study in forms that others read: one module per form in `kinds`."""
