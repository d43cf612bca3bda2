"""Reading contacts: those in progress, callbacks, the history of a person, alerts, the waiting line."""
