"""The database: backends of SQLite and PostgreSQL, compiled statements, upserts, locks."""
