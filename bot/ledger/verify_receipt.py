"""收据核对器 / Receipt verifier: this one file, Python and `cryptography`; no bot, no database, no network.

用法 / Usage:  python -I verify_receipt.py 公钥/KEY 文件/FILE [旧检查点/OLD_CHECKPOINT]
FILE: a receipt, a checkpoint, or with OLD_CHECKPOINT the proof that nothing before it was changed since (C2SP
signed-note, tlog-checkpoint, tlog-proof; hashes of RFC 6962). Exit status 0: valid.
"""

import sys
from base64 import b64decode
from hashlib import sha256
from json import loads
from pathlib import Path
from typing import Any

RECEIPT, GROWTH = "c2sp.org/tlog-proof@v1", "qunzhi/consistency@v1"


def climb(place: int, last: int, start: bytes, path: list[bytes]) -> tuple[bytes, bytes]:
    """Follow a proof to the roots of the older and the newer tree (RFC 9162 §2.1.3.2 and §2.1.4.2)."""
    older = newer = start
    for side in path:
        if last and (place & 1 or place == last):
            older, newer = (sha256(b"\1" + side + own).digest() for own in (older, newer))
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            newer = sha256(b"\1" + newer + side).digest()
        place, last = place >> 1, last >> 1 if last else -1
    if last:
        raise ValueError("路径的长度不对 / the path has a wrong length")
    return older, newer


def check_growth(old: tuple[int, bytes], new: tuple[int, bytes], path: list[bytes]) -> None:
    """Refuse unless the newer tree (size, root) begins with the leaves of the older one."""
    place, last = max(old[0], 1) - 1, new[0] - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    rest = path if old[0] & (old[0] - 1) else [old[1], *path]  # the root of a full old tree is no part of the path
    is_trivial = not old[0] or (old == new and not path)
    if not (is_trivial or (old[0] < new[0] and climb(place, last, rest[0], rest[1:]) == (old[1], new[1]))):
        raise ValueError("旧账被改过 / what was signed before was changed")


def open_checkpoint(note: str, keys: str) -> tuple[int, bytes]:
    """Return size and root of a checkpoint signed with one of `KEY,OLDER@SIZE`: an older key counts up to that size."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    for key, _, most in (one.partition("@") for one in keys.split(",")):
        name, identifier, public = key.split("+", 2)
        (text, _, signatures), known = note.rpartition("\n\n"), b64decode(public, validate=True)
        if known[:1] != b"\1" or sha256(f"{name}\n".encode() + known).hexdigest()[:8] != identifier:
            raise ValueError("公钥不完整 / the key is damaged")
        for signer, signed in (line.split(" ")[1:] for line in signatures.splitlines()):
            if (signer, b64decode(signed)[:4].hex()) == (name, identifier):
                try:
                    Ed25519PublicKey.from_public_bytes(known[1:]).verify(b64decode(signed)[4:], f"{text}\n".encode())
                except InvalidSignature:
                    raise ValueError("签名不对 / the signature is wrong") from None
                origin, size, root = text.split("\n")[:3]
                if origin == name and int(size) <= int(most or size):
                    return int(size), b64decode(root, validate=True)
    raise ValueError("不是用这把钥匙签的检查点 / no checkpoint signed with this key")


def open_receipt(text: str, key: str) -> tuple[dict[str, Any], int]:
    """Return the entry that a receipt proves to be in the log, and how many the log had."""
    (size, root), lines = open_checkpoint(text.partition("\n\n")[2], key), text.partition("\n\n")[0].split("\n")
    body, index = b64decode(lines[1].removeprefix("extra "), validate=True), int(lines[2].removeprefix("index "))
    path, leaf = [b64decode(line, validate=True) for line in lines[3:]], sha256(b"\0" + body).digest()
    entry: dict[str, Any] = loads(body)
    if not 0 <= index < size or climb(index, size - 1, leaf, path)[1] != root or entry["seq"] != index:
        raise ValueError("账本里没有这样一笔 / the log holds no such entry")
    return entry, size


def describe(text: str, key: str, old: str | None) -> str:
    """Verify a file and say what it proves."""
    if text.startswith(RECEIPT):
        entry, size = open_receipt(text, key)
        yuan = [f"{'-' * (fen < 0)}{abs(fen) // 100}.{abs(fen) % 100:02d}" for _, fen, _ in entry["postings"]]
        lines = [f"{a} {y} 元/CNY 订单/order {o}" for (a, _, o), y in zip(entry["postings"], yuan, strict=True)]
        return "\n  ".join([f"流水 #{entry['seq']} / {size}: {entry['at']} {entry['kind']} {entry['key']}", *lines])
    head, _, note = text.partition("\n\n") if text.startswith(GROWTH) else ("", "", text)
    found = open_checkpoint(note, key)
    if old is not None:
        check_growth(open_checkpoint(old, key), found, [b64decode(line) for line in head.split("\n")[1:]])
    return f"检查点 / checkpoint: {found[0]}" + ("" if old is None else " ✓ 旧账未动 / nothing older was changed")


if __name__ == "__main__":
    if len(sys.argv) not in {3, 4}:
        sys.exit(__doc__)
    try:
        read = [Path(name).read_bytes().decode("utf-8-sig").replace("\r", "").strip() for name in sys.argv[2:]]
        said = describe(read[0], sys.argv[1].strip(), read[1] if read[1:] else None)
    except (ValueError, LookupError, TypeError, OSError) as error:
        sys.exit(f"无效 / REFUSED: {error if ' / ' in str(error) else f'格式不对 / malformed ({error})'}")
    sys.stdout.write(f"有效 / VALID: {said}\n")
