"""Work lists: a department's queue, one's own work, callbacks, letters to print, saved views."""
