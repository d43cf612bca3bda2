"""How invented requests and people are told from real ones."""

from parvis.apps.cases.models import Case

MARK = "seed:"  # the keys of invented requests and contacts begin with it
NOTE = "Personne fictive, créée pour la démonstration."


def examples_left() -> bool:
    """Whether any invented request is in the database."""
    return Case.objects.filter(key__gte=MARK, key__lt=MARK[:-1] + ";").exists()
