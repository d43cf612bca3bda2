"""What a message says, from its bytes: headers, body, attachments, automated mail, bounces. No database, no Django."""
