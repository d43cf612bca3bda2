"""Contact, Matter, Given and Callback: the one way in, whatever the channel."""
