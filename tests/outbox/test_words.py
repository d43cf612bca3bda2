"""Where an item stands is said in words, whatever the carrier, the state and the result."""

import pytest
from django.apps import apps
from django.utils.translation import override

from parvis.apps.outbox.models import OutboxItem, State

SHOWN = [model for model in apps.get_models() if issubclass(model, OutboxItem) and model.LABELS]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.__name__)
def test_every_state_and_every_result_has_its_words(model: type[OutboxItem], language: str) -> None:
    results = ["", *getattr(model, "Result", {})]
    with override(language):
        for state in State:
            for result in results:
                item = model(state=state)
                if result:
                    item.result = result
                assert item.state_label.strip(), (state, result)
