"""The console command, one module per family of verbs."""
