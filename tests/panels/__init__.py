"""Digital panels: points 16 and 22 to 27 of what outreach must do."""
