"""Running a trial, and learning from gaps in the answers."""

from parvis.apps.insight.services.trials import SETTLED, keep_baseline, start_trial, stop_trial
