"""Notices pushed to devices (Web Push): the devices, what leaves, and what each device asked to be told."""
