"""The screens of tables."""
