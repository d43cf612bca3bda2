"""Codes put on places and equipment: a short address, drawn as a QR code, that opens the request form filled in."""
