"""The study's tables: one model of a table, the forms that it takes, and what fills it."""
