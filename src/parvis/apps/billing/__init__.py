"""Invoices, the ledger, payments and refunds."""
