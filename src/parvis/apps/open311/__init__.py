"""Requests that programs send by Open311, once each, and what each may read again; cases sent to other servers."""
