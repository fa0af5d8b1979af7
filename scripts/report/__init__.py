"""Writes the sample shop's annual report from the sample shop's orders: ``python -m scripts.report``."""
