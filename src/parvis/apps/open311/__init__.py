"""Requests sent by programs that speak Open311: once each, with their photos, and what each program may read again."""
