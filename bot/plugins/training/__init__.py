"""Training sessions: announced from schedules.yaml, registered for in the chat."""

from __future__ import annotations

from bot.plugin import Plugin
from bot.plugins.training.finding import KEY_WORDS, read_session_key
from bot.plugins.training.model import NAME, SessionKey
from bot.plugins.training.settings import TrainingSettings
from bot.plugins.training.store import migrations

plugin = Plugin(NAME, config=TrainingSettings, migrations=migrations, title="场次")

plugin.argument(SessionKey, words=KEY_WORDS)(read_session_key)
