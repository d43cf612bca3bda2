"""What reaches the mail from outside: an LMTP or SMTP listener, the webhooks of providers."""
