"""Configuration: the only reader of the environment and of settings files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any, Final, TypeVar

from pydantic import BaseModel, SecretStr, ValidationError

from bot.config_advice import nearest
from bot.config_faults import Explainer, find_secrets, in_order
from bot.config_language_model import read_language_model
from bot.config_model import Config, overlay
from bot.config_payments import read_payment_secrets
from bot.config_schema import SCHEMA_DIALECT, read_strictly, schema_of
from bot.config_types import check_endpoint
from bot.config_yaml import Document, Path, Value, read_document
from bot.errors import ConfigError, Fault

DEFAULT_FILE: Final = "bot.yaml"
TOKEN_VARIABLE: Final = "WECHATY_PUPPET_SERVICE_TOKEN"  # noqa: S105 - the name of a variable, not a secret
ENDPOINT_VARIABLE: Final = "WECHATY_PUPPET_SERVICE_ENDPOINT"

PluginModels = Mapping[str, type[BaseModel] | None]
"""Plugin name → its settings model; None for a plugin without settings."""
ModelT = TypeVar("ModelT", bound=BaseModel)


def environment() -> Mapping[str, str]:
    """Return the process environment, for those who hand it to `load`."""
    return os.environ


def load(path: FilePath | str | None, env: Mapping[str, str], plugins: PluginModels | None = None) -> Config:
    """Read the configuration.

    Args:
        path: the file; None reads `bot.yaml` when it is there and takes the defaults when it is not.
        env: the environment; secrets come from nowhere else.
        plugins: the plugins that are there; None leaves plugin names and settings unchecked.

    Raises:
        ConfigError: with every fault, in file order.
    """
    file = str(path or DEFAULT_FILE)
    config, faults = read_config(file, read_file(file, required=path is not None), env, plugins)
    if config is None or faults:
        raise ConfigError(faults)
    return config


def read_file(file: str, *, required: bool) -> bytes:
    """Return the bytes of a settings file, nothing when it is not there and need not be.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return FilePath(file).read_bytes()
    except FileNotFoundError:
        if not required:
            return b""
        raise ConfigError([Fault(file, 1, 1, "找不到这个文件，请检查路径")]) from None
    except OSError as error:
        raise ConfigError([Fault(file, 1, 1, f"读不了这个文件：{error.strerror}")]) from None


def read_config(
    file: str, data: bytes, env: Mapping[str, str], plugins: PluginModels | None = None
) -> tuple[Config | None, list[Fault]]:
    """Return the configuration (None when it does not hold together) and every fault, in file order."""
    document, faults = read_document(file, data)
    config, more = read_model(document, Config)
    faults += more + find_secrets(document, more)
    if plugins is not None:
        faults += check_plugins(document, plugins)
    if config is not None:
        config, more = _with_environment(config, env)
        faults += more
    return config, in_order(faults)


def read_model(document: Document, model: type[ModelT]) -> tuple[ModelT | None, list[Fault]]:
    """Return a whole file as a settings model, or what is wrong with it."""
    try:
        return read_strictly(model, document.value), []
    except ValidationError as error:
        return None, Explainer(document, model).explain(error)


def _with_environment(config: Config, env: Mapping[str, str]) -> tuple[Config, list[Fault]]:
    faults = []
    if endpoint := env.get(ENDPOINT_VARIABLE, "").strip():
        try:
            gateway = config.gateway.model_copy(update={"endpoint": check_endpoint(endpoint)})
            config = config.model_copy(update={"gateway": gateway})
        except ValueError as error:
            faults.append(Fault(ENDPOINT_VARIABLE, 1, 1, str(error)))
    token = env.get(TOKEN_VARIABLE, "").strip()
    model, more = read_language_model(env)
    secrets, wrong = read_payment_secrets(config.payments, env)
    config = config.with_token(SecretStr(token) if token else None).with_language_model(model)
    return config.with_payment_secrets(secrets), faults + more + wrong


def check_plugins(document: Document, plugins: PluginModels) -> list[Fault]:
    """Return what is wrong with plugin names and settings, in common and in every room."""
    common = _entries(document.value)
    faults = []
    for name, settings in common.items():
        faults += _check_entry(document, ("plugins", name), settings, plugins)
    are_common_right = not faults
    rooms = document.value.get("rooms")
    for topic, room in rooms.items() if isinstance(rooms, dict) else ():
        for name, settings in _entries(room).items():
            path = ("rooms", topic, "plugins", name)
            joined = overlay(common.get(name, {}), settings)
            faults += _check_entry(document, path, joined, plugins, only_written=not are_common_right)
    return faults


def _entries(section: Value) -> dict[str, dict[str, Value]]:
    """Return each plugin's own settings as written under `plugins:` of the file or of a room."""
    written = section.get("plugins") if isinstance(section, dict) else None
    return {
        name: {key: value for key, value in entry.items() if key != "enabled"} if isinstance(entry, dict) else {}
        for name, entry in (written.items() if isinstance(written, dict) else ())
    }


def _check_entry(
    document: Document, path: Path, settings: dict[str, Value], plugins: PluginModels, *, only_written: bool = False
) -> list[Fault]:
    name = str(path[-1])
    if name not in plugins:
        near = nearest(name, {known: known for known in plugins})
        advice = f"，是 {near} 吗？" if near else f"，现有：{'、'.join(sorted(plugins)) or '无'}"
        return [document.fault(path, f"没有叫「{name}」的插件{advice}", of_key=True)]
    return validate_plugin_settings(name, plugins[name], document, path, settings, only_written=only_written)[1]


def validate_plugin_settings(
    name: str,
    model: type[ModelT] | None,
    document: Document,
    path: Path,
    settings: dict[str, Value],
    *,
    only_written: bool = False,
) -> tuple[ModelT | None, list[Fault]]:
    """Check a plugin's settings with its own model.

    Args:
        name: the plugin, for the message.
        model: its settings model; None when it has no settings.
        document: the file.
        path: where in the file the settings stand.
        settings: the values to check; with a room's values over the common ones.
        only_written: leave out what is wrong with values that do not stand at `path` itself.

    Returns:
        The settings, or None and what is wrong with them.
    """
    if model is None:
        advice = f"插件「{name}」没有可写的设置，请删掉「{{}}」"
        return None, [document.fault((*path, key), advice.format(key), of_key=True) for key in settings]
    try:
        return read_strictly(model, settings), []
    except ValidationError as error:
        return None, Explainer(document, model, path).explain(error, only_written=only_written)


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema of `bot.yaml`, for editors."""
    return {"$schema": SCHEMA_DIALECT, **schema_of(Config), "title": "bot.yaml"}
