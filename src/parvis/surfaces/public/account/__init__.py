"""My requests: the list of an account, signing in by a code, the account itself."""
