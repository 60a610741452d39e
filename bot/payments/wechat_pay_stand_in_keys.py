"""The stand-in's keys: made once, written where settings name them; signs, seals and checks as WeChat Pay does."""

from __future__ import annotations

import base64
import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from bot.payments.wechat_pay_guard import MOST_SECONDS, SIGNATURE_TYPE
from bot.payments.wechat_pay_settings import WechatPaySettings

MERCHANT_ID: Final = "1900000109"
APP_ID: Final = "wx8888888888888888"
_EXPONENT, _BITS = 65_537, 2048
_PART: Final = re.compile(r'(\w+)="([^"]*)"', re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandInKeys:
    """Both sides' keys; making them takes a while, so tests share them.

    Attributes:
        merchant: what the bot signs with.
        platform: what WeChat Pay signs with.
        api_key: what callbacks are sealed with.
        public_key_id: of the platform's key.
        certificate_serial: of the merchant's certificate.
    """

    merchant: RSAPrivateKey
    platform: RSAPrivateKey
    api_key: str
    public_key_id: str
    certificate_serial: str

    @classmethod
    def make(cls) -> StandInKeys:
        """Return new ones."""
        return cls(
            merchant=generate_private_key(_EXPONENT, _BITS),
            platform=generate_private_key(_EXPONENT, _BITS),
            api_key=secrets.token_hex(16),
            public_key_id=f"PUB_KEY_ID_{secrets.randbelow(10**30):030}",
            certificate_serial=secrets.token_hex(20).upper(),
        )

    def write(self, folder: Path, *, endpoint: str, notify_url: str) -> WechatPaySettings:
        """Write the bot's half into a folder and return the settings that name it.

        Args:
            folder: made when missing.
            endpoint: where the stand-in listens.
            notify_url: where callbacks go.
        """
        folder.mkdir(parents=True, exist_ok=True)
        private_key, public_key = folder / "apiclient_key.pem", folder / "pub_key.pem"
        private_key.touch(mode=0o600)
        private_key.write_bytes(self.merchant.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        public_key.write_bytes(self.platform.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        return WechatPaySettings(
            merchant_id=MERCHANT_ID,
            app_id=APP_ID,
            certificate_serial=self.certificate_serial,
            private_key=private_key,
            public_key_id=self.public_key_id,
            public_key=public_key,
            api_key=SecretStr(self.api_key),
            notify_url=notify_url,
            endpoint=endpoint,
        )

    def sign(self, body: bytes, at: datetime, *, serial: str = "") -> dict[str, str]:
        """Return the headers of a signed answer or callback.

        Args:
            body: what is signed.
            at: when.
            serial: whose key it claims to be; the platform's, if empty.
        """
        seconds, nonce = str(int(at.timestamp())), secrets.token_hex(16)
        message = b"\n".join((seconds.encode(), nonce.encode(), body, b""))
        return {
            "Wechatpay-Timestamp": seconds,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": serial or self.public_key_id,
            "Wechatpay-Signature": _in_base64(self.platform.sign(message, PKCS1v15(), SHA256())),
            "Wechatpay-Signature-Type": SIGNATURE_TYPE,
        }

    def seal(self, plain: object, kind: str) -> dict[str, str]:
        """Return something sealed as callbacks are.

        Args:
            plain: JSON values.
            kind: `transaction` or `refund`.
        """
        data = json.dumps(plain, ensure_ascii=False).encode()
        return self._seal(data, kind) | {"original_type": kind}

    def _seal(self, data: bytes, kind: str) -> dict[str, str]:
        nonce = secrets.token_hex(6)
        sealed = AESGCM(self.api_key.encode()).encrypt(nonce.encode(), data, kind.encode())
        return {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": kind,
            "ciphertext": _in_base64(sealed),
        }

    def is_signed(self, authorization: str, method: str, path: str, body: bytes, now: datetime) -> bool:
        """Tell whether a request carries the merchant's signature, made within five minutes."""
        scheme, _, rest = authorization.partition(" ")
        parts = dict(_PART.findall(rest))
        if scheme != SIGNATURE_TYPE or parts.get("mchid") != MERCHANT_ID:
            return False
        if parts.get("serial_no") != self.certificate_serial:
            return False
        seconds = parts.get("timestamp", "0")
        if not seconds.isdecimal() or abs(now.timestamp() - int(seconds)) > MOST_SECONDS:
            return False
        message = b"\n".join((f"{method}\n{path}\n{seconds}\n{parts.get('nonce_str', '')}".encode(), body, b""))
        try:
            signature = base64.b64decode(parts.get("signature", ""))
            self.merchant.public_key().verify(signature, message, PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True

    def list_certificates(self, now: datetime) -> dict[str, object]:
        """Return the platform's certificate, sealed, as merchants without its public key get it."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "WeChat Pay stand-in")])
        begins, ends = now - timedelta(days=1), now + timedelta(days=1800)
        certificate = (
            x509.CertificateBuilder(name, name, self.platform.public_key(), x509.random_serial_number(), begins, ends)
        ).sign(self.platform, SHA256())
        entry = {
            "serial_no": f"{certificate.serial_number:X}",
            "effective_time": begins.isoformat(timespec="seconds"),
            "expire_time": ends.isoformat(timespec="seconds"),
            "encrypt_certificate": self._seal(certificate.public_bytes(Encoding.PEM), "certificate"),
        }
        return {"data": [entry]}


def _in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
