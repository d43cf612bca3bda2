"""The counter: visits and the devices that call them."""
