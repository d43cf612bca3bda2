"""The samples of the design system, and the demonstration's mailbox."""
