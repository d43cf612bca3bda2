"""What programs of others do with the town: writes repeated safely, webhooks, and what a key may see of a case."""
