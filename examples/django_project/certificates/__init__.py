"""Certificates and their numbers."""
