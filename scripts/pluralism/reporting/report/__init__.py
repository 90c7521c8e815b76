"""The report of a study: one page that opens with the answer, and needs no network."""
