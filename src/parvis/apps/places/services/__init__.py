"""Loading of external data: civic addresses and the assessment roll."""

from parvis.apps.places.services.addresses import load_addresses
from parvis.apps.places.services.roll import load_roll
