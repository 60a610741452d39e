"""Kinds of values an owner writes."""

import pytest

from bot.config_types import check_endpoint, parse_person, suggest_zone


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("Beijing", "Asia/Shanghai"),
        ("Asia/Beijing", "Asia/Shanghai"),
        ("北京", "Asia/Shanghai"),
        ("上海市", "Asia/Shanghai"),
        ("CST", "Asia/Shanghai"),
        ("GMT+8", "Asia/Shanghai"),
        ("PRC", "Asia/Shanghai"),
        ("asia/shanghai", "Asia/Shanghai"),
        ("Asia/Shanghia", "Asia/Shanghai"),
        ("China/Shanghai", "Asia/Shanghai"),
        ("New York", "America/New_York"),
        ("EST", "America/New_York"),
        ("旧金山", "America/Los_Angeles"),
        ("Tokyo", "Asia/Tokyo"),
        ("Paris", "Europe/Paris"),
        ("Madrid", "Europe/Madrid"),
        ("gmt", "UTC"),
        ("qqqqqq", "Asia/Shanghai"),
    ],
)
def test_the_zone_that_was_probably_meant_is_suggested(written: str, zone: str) -> None:
    assert suggest_zone(written) == zone


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("老王", "name", "老王"),
        (" weixin:laowang ", "weixin", "laowang"),
        ("contact：wxid_1", "contact", "wxid_1"),
    ],
)
def test_a_person_is_an_id_or_a_name(written: str, kind: str, value: str) -> None:
    person = parse_person(written)
    assert (person.kind, person.value, person.is_strong) == (kind, value, kind != "name")


@pytest.mark.parametrize("written", ["127.0.0.1:8788", "gateway.example.com:443", "[::1]:9000", "localhost：80"])
def test_an_endpoint_is_a_host_and_a_port(written: str) -> None:
    assert check_endpoint(written) == written.replace("：", ":")


@pytest.mark.parametrize("written", ["127.0.0.1", "host:0", "host:65536", "a b:80", ":80", "https://host:443"])
def test_another_endpoint_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"地址|端口"):
        check_endpoint(written)
