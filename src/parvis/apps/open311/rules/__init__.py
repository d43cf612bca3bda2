"""Pure rules of Open311: of our server, and of what is sent to other servers."""
