"""Pages served on loopback: the simulated group in a browser."""
