"""The answer engine: features, scoring, calibration, evaluation. Pure."""
