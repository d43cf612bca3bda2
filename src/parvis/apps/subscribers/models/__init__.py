"""Subscribers, their means of contact, what they asked for, and the proof of it."""

from parvis.apps.subscribers.models.consent import Consent
from parvis.apps.subscribers.models.subscriber import ContactPoint, Subscriber, Subscription, WatchedPlace
