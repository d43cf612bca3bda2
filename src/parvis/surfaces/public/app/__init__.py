"""The installable app: its manifest and service worker, the page of the day, what a device keeps and is told."""
