"""What Parvis costs, measured through its own web server, worker and database, beside the floors of the machine."""
