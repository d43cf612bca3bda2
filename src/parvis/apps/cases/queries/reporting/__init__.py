"""Figures on cases: time to resolution, promises kept, satisfaction, a simulation of the routing."""
