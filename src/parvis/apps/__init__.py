"""The town's own nouns, one app each: models, rules, queries, services. No screen and no address."""
