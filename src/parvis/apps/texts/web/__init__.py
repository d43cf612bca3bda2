"""Where the provider of texts tells what came in and what became of what left."""
