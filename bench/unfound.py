"""A question that nobody found an answer to, and the job that places it: `python -m bench.unfound`, in a house.

That job searches the answers: the worker holds their engine from then on. Writes null, as JSON.
"""

import django

django.setup()

from parvis.apps.insight.services.learning import note_unfound  # noqa: E402
from parvis.lib.jobs import enqueue  # noqa: E402

note_unfound(words="où se baigner avec un chien l'hiver", language="fr")
enqueue("parvis.apps.insight.tasks.gather_gaps")
print("null")
