"""The invented requests of a new demonstration, made at past moments by the services that screens use."""
