"""The question box and the request form, shown in a frame of the town's existing site."""
