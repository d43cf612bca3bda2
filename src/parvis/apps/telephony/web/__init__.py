"""Where the provider tells what came in, what became of what left, and which key was pressed."""
