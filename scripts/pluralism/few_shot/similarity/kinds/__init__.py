"""The kinds of similarity, one module each: its options, and what compares texts. Light to import."""
