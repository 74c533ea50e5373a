"""Benchmarks of the add-on against bare SQL and against Odoo without it."""
