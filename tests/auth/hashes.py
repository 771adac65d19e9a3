"""Password hashes that other systems would have made: cheap ones, all of one password."""

import bcrypt
from argon2 import PasswordHasher
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    BCryptSHA256PasswordHasher,
    PBKDF2PasswordHasher,
    ScryptPasswordHasher,
)

from tests.auth.fakes import PASSWORD


class _CheapArgon2(Argon2PasswordHasher):
    memory_cost, time_cost, parallelism = 512, 1, 2


def plain_bcrypt(password: str = PASSWORD, prefix: str = "$2b$") -> str:
    return prefix + bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode().removeprefix("$2b$")


OF_OTHERS = {
    "pbkdf2_sha256": PBKDF2PasswordHasher().encode(PASSWORD, "some-salt", iterations=1_000),
    "argon2": _CheapArgon2().encode(PASSWORD, "a-salt-of-others"),
    "bcrypt_sha256": BCryptSHA256PasswordHasher().encode(PASSWORD, bcrypt.gensalt(4)),
    "bcrypt": f"bcrypt${plain_bcrypt()}",
    "scrypt": ScryptPasswordHasher().encode(PASSWORD, "some-salt", n=16, r=8, p=1),
    "$2b$": plain_bcrypt(),
    "$2a$": plain_bcrypt(prefix="$2a$"),
    "$2y$": plain_bcrypt(prefix="$2y$"),
    "$argon2id$": PasswordHasher(time_cost=1, memory_cost=512, parallelism=1).hash(PASSWORD),
}
