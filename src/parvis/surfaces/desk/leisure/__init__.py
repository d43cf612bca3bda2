"""The screens of the staff for leisure: seasons and groups, the lists of instructors, a household on the telephone."""
