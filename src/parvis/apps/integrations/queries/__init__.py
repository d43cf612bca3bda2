"""What a key may see, and the lists that programs read by cursor."""
