"""What a key may see, and the lists that programs read by cursor."""

from parvis.apps.integrations.queries.sight import (
    Sight,
    case_values,
    contact_values,
    entry_values,
    personal_values,
    sight_of,
)
