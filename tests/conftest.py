"""Every test may ask for the simulated room."""

pytest_plugins = ("bot.testing",)
