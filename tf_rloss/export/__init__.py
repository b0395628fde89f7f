"""Export: SavedModels of stock ops, with names, colours and a model card."""

from tf_rloss.export.loading import ExportedModel, is_saved_model, load_exported
from tf_rloss.export.saved_model import check_target, save

__all__ = [
    "ExportedModel",
    "check_target",
    "is_saved_model",
    "load_exported",
    "save",
]
