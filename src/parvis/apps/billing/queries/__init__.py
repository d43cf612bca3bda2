"""What is owed and paid, invoices and receipts, what is odd in a day."""
