"""The design system: tokens, components and base templates, for surfaces only."""
