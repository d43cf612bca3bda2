"""Lists of work: a department's queue, one's own work, calls to make, letters to print, kept views."""
