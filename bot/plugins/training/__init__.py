"""Training sessions: announced from schedules.yaml, registered for in the chat."""

from __future__ import annotations

from bot.plugin import Plugin
from bot.plugins.training.model import NAME
from bot.plugins.training.settings import TrainingSettings
from bot.plugins.training.store import migrations

plugin = Plugin(NAME, config=TrainingSettings, migrations=migrations, title="场次")
