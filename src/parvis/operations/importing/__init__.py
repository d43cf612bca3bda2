"""Import of requests and people from a legacy system."""
