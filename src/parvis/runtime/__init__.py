"""The processes of a service: web server, worker, and the supervisor that starts both."""
