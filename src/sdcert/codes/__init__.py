"""Versioned code tables: region/department codes and series/level codes."""
