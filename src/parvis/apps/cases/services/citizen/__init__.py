"""What a citizen does: replies, withdraws, gives an opinion, changes person."""
