"""Web Push, the only way notices leave: encrypting, signing, posting."""
