"""Secrets and personal data go, code stays: what is masked, what is not, and how long it takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text_masking import CARD, IDENTITY, KEY, MAIL, PASSWORD, PHONE, PRIVATE_KEY, mask

PEM = (
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEAx0Yk2S9yqfGh1kTTtP1HkqKk0Jm\nabcdEFGH1234==\n"
    "-----END RSA PRIVATE KEY-----"
)
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5NXgL0n3I9"


@pytest.mark.parametrize(
    ("text", "masked", "kind"),
    [
        ("打我电话13912345678问", "打我电话<手机号>问", PHONE),
        ("+86 139-1234-5678", "<手机号>", PHONE),
        ("座机 010-88886666", "座机 <手机号>", PHONE),
        ("发到zhang.san@qq.com，谢谢", "发到<邮箱>，谢谢", MAIL),
        ("身份证110101199003078515。", "身份证<身份证号>。", IDENTITY),
        ("卡号 6222 0212 3456 7890 128", "卡号 <银行卡号>", CARD),
        ("卡号4111111111111111", "卡号<银行卡号>", CARD),
        ("AKIAZ7VRSQ5TJN2XMPLQ", "<密钥>", KEY),
        ("QZ-84G7-ZWYR-D6Z1-YVG4", "<密钥>", KEY),
        ("bd-0sm1-8b5v-khzn-wmfy", "<密钥>", KEY),
        ("LTAI5tAbCdEfGhIjKlMnOpQr", "<密钥>", KEY),
        ("token ghp_16C7e42F292c6912E7710c838347Ae178B4a", "token <密钥>", KEY),
        ("github_pat_11ABCDEFG0aBcDeFgHiJkL_mNoPqRsTuVwXyZ012345678", "<密钥>", KEY),
        ("sk-proj-abcDEF1234567890abcdef1234567890", "<密钥>", KEY),
        ("sk-0123456789abcdef0123456789abcdef", "<密钥>", KEY),
        ("xoxb-123456789012-1234567890123-AbCdEfGhIjKl", "<密钥>", KEY),
        (JWT, "<密钥>", KEY),
        ("Authorization: Bearer abcdefghijklmnop1234567890", "Authorization: Bearer <密钥>", KEY),
        (
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7bb1-4bc4-97a0-0ec2a1fa5aaa",
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=<密钥>",
            KEY,
        ),
        (f"私钥：\n{PEM}\n完", "私钥：\n<私钥>\n完", PRIVATE_KEY),
        ("password=Abc123!@#", "password=<密码>", PASSWORD),
        ("passwd: hunter2x", "passwd: <密码>", PASSWORD),
        ("DB_PASSWORD=supersecret", "DB_PASSWORD=<密码>", PASSWORD),
        ('connect(host="db", password="S3cr3tPw!")', 'connect(host="db", password="<密码>")', PASSWORD),
        ('password: str = "Tr0ub4dor&3"', 'password: str = "<密码>"', PASSWORD),
        ("mysql -u root --password=Zx9cV8bN", "mysql -u root --password=<密码>", PASSWORD),
        ("密码是 abc12345", "密码是 <密码>", PASSWORD),
        ('secret_key = "django-insecure-8f#k2l$9"', 'secret_key = "<密钥>"', KEY),
        ("mysql://root:Sup3rS3cret@10.0.0.5:3306/db", "mysql://root:<密码>@10.0.0.5:3306/db", PASSWORD),
        ("redis://:mypass9X@cache:6379/0", "redis://:<密码>@cache:6379/0", PASSWORD),
    ],
)
def test_a_secret_becomes_a_placeholder_and_the_rest_stays(text: str, masked: str, kind: str) -> None:
    found = mask(text)
    assert found.text == masked
    assert found.kinds == (kind,)


@pytest.mark.parametrize(
    "text",
    [
        "password = getpass.getpass()",
        "def login(user: str, password: str | None = None) -> None:",
        'token = request.headers["X-Token"]',
        'secret_key = os.environ["SECRET_KEY"]',
        "max_tokens=4096, password=password, pwd=$(pwd), PASSWORD=${DB_PASSWORD}",
        '"password": "Password"',
        'password = "your_password"',
        "postgres://user:password@localhost/db",
        "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        'password_hash = "5f4dcc3b5aa765d61d8327deb882cf99"',
        "commit 8f14e45fceea167a5a36dedd4bea2543e6f1b0aa",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "550e8400-e29b-41d4-a716-446655440000",
        "1700000000 1700000000123 1733011200000000000 2026-12-01 10:00:00.123456",
        "v1.2.3 3.11.4 lodash@4.17.21 0.13912345678 3.14159265358979",
        "http://127.0.0.1:8080/a@b 192.168.1.1:3306",
        "user@example.com noreply@github.com git@github.com:me/repo.git y = x@self.weight",
        "订单号 13912345678901，身份证 11010119900307851X 校验不对，卡号 6222021234567890121 也不对",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        '<input type="password" name="password">',
    ],
)
def test_code_and_numbers_that_mean_nothing_stay(text: str) -> None:
    assert mask(text).text == text
    assert mask(text).kinds == ()


def test_each_kind_is_told_once() -> None:
    assert mask("13912345678，13812345678，a.b@qq.com").kinds == (PHONE, MAIL)


@given(st.text(max_size=300))
def test_what_was_masked_stays_as_it_is(text: str) -> None:
    once = mask(text).text
    assert mask(once).text == once


@pytest.mark.parametrize(
    "piece", ["a", "password", "1", "a_", "-----BEGIN ", "password=", "https://", "eyJ", "a@", "MIIE", "a-1."]
)
def test_a_text_of_any_length_is_read_in_one_go(piece: str) -> None:
    text = piece * (30_000 // len(piece))  # quadratic in its length this would take minutes
    assert len(mask(text).text) <= len(text)
