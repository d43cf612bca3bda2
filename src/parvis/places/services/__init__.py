"""What a town loads from outside: civic addresses, the assessment roll."""

from parvis.places.services.addresses import load_addresses
from parvis.places.services.roll import load_roll

__all__ = ["load_addresses", "load_roll"]
