"""Rules, proposals, holds and certificates, as they are read."""
