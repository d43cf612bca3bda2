"""The invoices and the receipts of a household."""
