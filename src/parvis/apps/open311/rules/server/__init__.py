"""Pure rules of our server: identities of submissions, the words of its states."""
