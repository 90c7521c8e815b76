"""Prompts: templates of ours and of a user, and rendering them."""
