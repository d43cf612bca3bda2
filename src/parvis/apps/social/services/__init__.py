"""Publishing, correcting, withdrawing and answering on social networks; accounts; what comes from them."""
