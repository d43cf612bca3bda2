"""Trial statistics, and what unanswered questions reveal."""
