"""What the town says: answers, the dated facts they rest on, notices."""
