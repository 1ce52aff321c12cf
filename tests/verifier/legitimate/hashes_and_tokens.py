"""Use hashes, message authentication, random numbers and identifiers."""

import hashlib
import hmac
import random
import secrets
import uuid


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    digests = [hashlib.new(name, b"x").digest_size for name in ("sha256", "sha3_256", "blake2b", "md5")]
    same = hmac.compare_digest(hmac.new(b"k", b"m", "sha256").digest(), hmac.digest(b"k", b"m", "sha256"))
    unlike = uuid.uuid4() != uuid.uuid4() and secrets.token_hex() != secrets.token_hex()
    pick = random.Random(7).sample(range(100), 3) == random.Random(7).sample(range(100), 3)
    return {"result": "complete" if digests == [32, 32, 64, 16] and same and unlike and pick else "others"}
