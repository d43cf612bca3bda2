"""What a message says, from its bytes: headers, body, attachments, automatons, bounces. No database, no Django."""
