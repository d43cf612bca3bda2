"""Pure rules on schedules: collections, night parking, seasons, transit, affected areas."""
