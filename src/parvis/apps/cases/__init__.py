"""Case, Entry and Incident: the work that the town owes, its journal, its promises kept, its merges."""
