"""What makes and measures the product and is no part of it: benchmarks, demo data and models, made-up studies."""
