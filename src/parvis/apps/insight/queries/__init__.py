"""Questions asked of the tables; they change nothing."""

from parvis.apps.insight.queries.trials import Line, Trial, as_csv, as_rows, baseline, trial
