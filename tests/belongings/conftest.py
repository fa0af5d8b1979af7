"""The workbench where people sign in."""

from tests.auth.conftest import signing

__all__ = ["signing"]
