"""The channels of a message, one module each behind one interface (`base`)."""
