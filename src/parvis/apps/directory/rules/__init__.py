"""Pure rules: rights of the roles, the working calendar, hours of staff, languages allowed."""
