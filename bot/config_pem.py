"""Key files that settings name: the right kind of file, told by its first line; nothing of it is kept or shown."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_FIRST_BYTES: Final = 4096
_KINDS: Final = {
    b"-----BEGIN PRIVATE KEY-----": "私钥",
    b"-----BEGIN RSA PRIVATE KEY-----": "旧格式的私钥",
    b"-----BEGIN ENCRYPTED PRIVATE KEY-----": "带密码的私钥",
    b"-----BEGIN PUBLIC KEY-----": "公钥",
    b"-----BEGIN RSA PUBLIC KEY-----": "旧格式的公钥",
    b"-----BEGIN CERTIFICATE-----": "证书",
}
_CONVERT: Final = "，请转一下：openssl pkcs8 -topk8 -nocrypt -in {file} -out apiclient_key.pem"
_PRIVATE_ADVICE: Final = {"旧格式的私钥": _CONVERT, "带密码的私钥": _CONVERT}
_PRIVATE_WANTED: Final = "，这里要商户私钥，是和证书一起下载的 apiclient_key.pem"
_PUBLIC_WANTED: Final = "，这里要微信支付公钥，在商户平台的「API 安全」里下载 pub_key.pem"


def check_private_key(value: str) -> str:
    """Return the path of a merchant's private key as it was written.

    Raises:
        ValueError: in Chinese: it cannot be read, or is another kind of file.
    """
    kind = _kind_of(value)
    if kind != "私钥":
        advice = _PRIVATE_ADVICE.get(kind, _PRIVATE_WANTED).format(file=value)
        raise ValueError(f"{value} {f'是{kind}' if kind else '不是密钥文件'}{advice}")
    return value


def check_public_key(value: str) -> str:
    """Return the path of WeChat Pay's public key as it was written.

    Raises:
        ValueError: in Chinese: it cannot be read, or is another kind of file.
    """
    kind = _kind_of(value)
    if kind != "公钥":
        raise ValueError(f"{value} {f'是{kind}' if kind else '不是密钥文件'}{_PUBLIC_WANTED}")
    return value


def _kind_of(value: str) -> str:
    """Return what kind of key a file holds; nothing when it holds none."""
    try:
        with Path(value).open("rb") as file:
            text = file.read(_FIRST_BYTES)
    except OSError as error:
        why = {FileNotFoundError: "找不到", IsADirectoryError: "这是目录，不是"}.get(type(error), "没有权限读")
        raise ValueError(f"{why}文件 {value}，请检查路径和权限") from None
    return next((kind for mark, kind in _KINDS.items() if text.lstrip(b"\xef\xbb\xbf \r\n").startswith(mark)), "")
