"""The study's figures: one module each, with a function for the data that it draws and one that draws them."""
