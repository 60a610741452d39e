"""A bot that is killed, and a gateway in another process that knows what the group saw."""
