"""Every test may ask for the simulated room; properties are not judged by how busy the machine is."""

from hypothesis import settings

settings.register_profile("qunzhi", deadline=None)
settings.load_profile("qunzhi")

pytest_plugins = ("bot.testing",)
