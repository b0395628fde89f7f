"""Export: SavedModels of stock ops, with names, colours and a model card."""

from tf_rloss.export.loading import ExportedModel, is_saved_model, load_exported
from tf_rloss.export.saved_model import check_target, save
from tf_rloss.export.serving import UnservableError

__all__ = [
    "ExportedModel",
    "UnservableError",
    "check_target",
    "is_saved_model",
    "load_exported",
    "save",
]
