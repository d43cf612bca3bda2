"""Long-running processes: web server, worker, and the supervisor that starts both."""
