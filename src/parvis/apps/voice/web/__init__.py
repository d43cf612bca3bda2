"""Where the provider of calls tells what became of them, and which key was pressed."""
