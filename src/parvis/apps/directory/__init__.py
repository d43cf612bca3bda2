"""The town, departments, users, roles, absences, the working calendar and the access log."""
