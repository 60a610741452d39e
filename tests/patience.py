"""How long tests wait for what must happen: a busy machine may be slow, so these only end what would never end."""

PATIENCE = 60.0  # seconds
PROMPTLY = 20.0  # seconds for what takes two on a calm machine, and 30 where a call that nobody answers is waited for
