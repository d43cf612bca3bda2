"""Digital panels: the screens and how they fare, messages typed for them alone, requests of local bodies."""
