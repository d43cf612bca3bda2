"""The issues of the newsletter and the letters that carry them."""

from parvis.apps.newsletter.models.delivery import Delivery, SenderLease
from parvis.apps.newsletter.models.issue import Issue, Journal
