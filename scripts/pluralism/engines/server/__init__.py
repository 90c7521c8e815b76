"""Models that are served by the OpenAI protocol."""
