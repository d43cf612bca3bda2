"""Codes put on places and equipment: made, listed, changed, retired, printed in sheets."""
