"""The requests with which a demonstration begins, invented, made at past moments by the same services as screens use."""
