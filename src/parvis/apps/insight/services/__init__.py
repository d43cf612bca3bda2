"""Use cases: each changes something, in one transaction."""

from parvis.apps.insight.services.trials import SETTLED, keep_baseline, start_trial, stop_trial
