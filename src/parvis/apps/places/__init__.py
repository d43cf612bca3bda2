"""Addresses, streets, sectors and property units."""
