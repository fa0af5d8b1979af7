"""Models on the screen: the page of providers and models, and the picker that chat and asks share."""

from components.llm.ui.page import show_models
from components.llm.ui.picker import choose_model, model_behind

__all__ = ["choose_model", "model_behind", "show_models"]
