"""Reading figures: the baseline of a trial, gaps in the answers, use of the answers."""

from parvis.apps.insight.queries.trials import Line, Trial, as_csv, as_rows, baseline, trial
