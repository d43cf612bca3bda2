"""What is declared and published from the desk."""

from parvis.daily.services.parking import declare_operation, undo_declaration

__all__ = ["declare_operation", "undo_declaration"]
