"""Pure decisions of push: what a kind of notice asks of the push service, what fits, which endpoints are believed."""
