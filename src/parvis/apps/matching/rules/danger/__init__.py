"""Words of immediate danger: the product's, and the town's own."""
