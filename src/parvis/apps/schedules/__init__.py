"""What changes from day to day for an address: collections, night parking, works, the next bus."""
