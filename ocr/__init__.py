"""Paper in, fields out: pure functions of pages and form definitions. No database, no network, no
Prefect."""
