"""Users, departments, roles, absences, hours, the working calendar, and the log of who read what."""
