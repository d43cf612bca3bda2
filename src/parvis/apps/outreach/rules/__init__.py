"""What a message says in each channel, its limits, its local times, who may publish it. Pure."""
