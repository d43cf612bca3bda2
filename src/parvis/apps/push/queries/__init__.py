"""Queries on the devices and on what was sent to them."""

from parvis.apps.push.queries.alerts import Counts, counts_by_topic, devices_for, devices_told
from parvis.apps.push.queries.devices import believes, device_of, digest, subjects_of
