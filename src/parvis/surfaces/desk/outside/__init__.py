"""The Open311 servers of outside bodies, for managers, and the sending of a case to one of them."""
