"""Subscribers, their means of contact, what they asked for and the proof of it; the issues and their letters."""

from parvis.apps.newsletter.models.consent import Consent
from parvis.apps.newsletter.models.delivery import IssueDelivery, SenderLease
from parvis.apps.newsletter.models.issue import Issue, Journal
from parvis.apps.newsletter.models.subscriber import ContactPoint, Subscriber, Subscription, WatchedPlace
