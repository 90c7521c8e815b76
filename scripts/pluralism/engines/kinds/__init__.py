"""The kinds of engine, one module each: what it answers, its options, and how it is opened. Light to import."""
