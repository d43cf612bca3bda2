"""What a town's files say of its days, brought into the database."""
