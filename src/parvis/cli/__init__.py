"""The console command, one module for each family of verbs."""
