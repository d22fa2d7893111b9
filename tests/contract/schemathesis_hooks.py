"""What schemathesis takes for a fault of the shop, and what the contract allows in words that OpenAPI has no place for."""

import os

import schemathesis

# By the code of a failure, as `schemathesis explain CODE` tells of it.
SERVER_ERROR, VALID_BUT_REJECTED, WRONG_ANSWER_TO_A_METHOD, CREATED_BUT_NOT_FOUND = "ST101", "ST202", "ST204", "ST302"


# Whether the shop's database is away, which its answers then say.
DATABASE_IS_AWAY = os.environ.get("SHOP_DATABASE_IS_AWAY") == "1"


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether it is one."""
    if response is None or response.status_code < 400:
        return True
    try:
        problem = response.json()
        kind, detail = problem["type"], problem["detail"]
    except (ValueError, TypeError, KeyError):
        return True
    seen = (failure.code, response.status_code, kind)
    return not (
        # Only the shop can tell whether a string is one of its cursors, and whether a key came with another request before.
        (seen == (VALID_BUT_REJECTED, 400, "/problems/invalid-query") and "cursor" in detail)
        or seen == (VALID_BUT_REJECTED, 422, "/problems/idempotency-key-reused")
        # Behind a gateway, one key with a comma looks like two keys.
        or (seen == (VALID_BUT_REJECTED, 400, "/problems/invalid-idempotency-key")
            and "," in str((case.headers or {}).get("Idempotency-Key", "")))
        # A pet is there, and its history need not be.
        or seen == (CREATED_BUT_NOT_FOUND, 404, "/problems/history-not-kept")
        # The contract has this answer for it.
        or (DATABASE_IS_AWAY and seen == (SERVER_ERROR, 503, "/problems/storage-failed"))
        # A method that the shop does not know is due a 501 (RFC 9110, section 15.6.2).
        or (case.method in ("QUERY", "TRACE")
            and seen[1:] == (501, "/problems/method-not-implemented")
            and failure.code in (SERVER_ERROR, WRONG_ANSWER_TO_A_METHOD))
    )
