"""sdcert."""
