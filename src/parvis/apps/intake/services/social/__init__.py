"""Messages and comments of social networks taken in, and what agents answer there."""
