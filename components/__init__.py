"""Groundwork's parts: one folder a subject, each with a pure core and one ``ui``."""
