"""The one error of Todoke: a code, its HTTP status, and the words' parameters.

The sentences themselves (message and advice) live in ``site/locales/*.yaml`` under
``errors.<code>``; code raises ``TodokeError("notice_not_found")`` and the edge (web or
CLI) finds the words in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping

#: code -> HTTP status. A code that is not listed here cannot be raised.
STATUS: Mapping[str, int] = {
    # what the caller sent
    "bad_json": 400,
    "bad_request": 400,
    "bad_field": 422,
    "unknown_field": 422,
    "missing_field": 422,
    "body_too_large": 413,
    "headers_too_large": 431,
    "wrong_content_type": 415,
    "wrong_host": 421,
    "wrong_origin": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_many_requests": 429,
    # push subscriptions
    "endpoint_refused": 422,
    "subscription_keys_refused": 422,
    "subscription_not_found": 404,
    "token_refused": 401,
    # notices and staff
    "notice_not_found": 404,
    "notice_state": 409,
    "notice_changed": 409,
    "same_person": 403,
    "role_missing": 403,
    "link_host_refused": 422,
    "my_number_in_text": 422,
    "count_differs": 422,
    "segment_too_small": 422,
    "staff_link_spent": 404,
    "staff_login_refused": 401,
    "staff_oidc_refused": 401,
    "staff_oidc_taken": 409,
    "staff_oidc_unavailable": 503,
    "staff_setup_needed": 403,
    "staff_proof_old": 403,
    "purpose_needed": 403,
    "own_roles": 403,
    "last_administrator": 409,
    # residents, sessions and the card
    "login_needed": 401,
    "account_not_linked": 403,
    "proof_needed": 403,
    "other_person": 409,
    "challenge_spent": 401,
    "card_refused": 401,
    "card_taken": 409,
    "passkey_refused": 401,
    "app_refused": 401,
    "app_taken": 409,
    "app_unavailable": 503,
    "handover_refused": 401,
    "handover_number": 422,
    "too_many_passkeys": 409,
    "last_way_in": 409,
    "mandate_code_refused": 422,
    "too_many_mandates": 409,
    "code_was_shown": 409,
    "mandate_over": 403,
    "agent_refused": 403,
    "revocation_unknown": 503,
    "letter_code_refused": 422,
    "already_linked": 409,
    "resident_not_found": 404,
    "snapshot_older": 409,
    "snapshot_future": 422,
    "snapshot_running": 409,
    "snapshot_overtaken": 409,
    # applications
    "answers_refused": 422,
    "attachment_refused": 422,
    "application_state": 409,
    "form_changed": 409,
    "sent_differently": 422,
    # payment
    "bill_state": 409,
    "payment_unavailable": 503,
    "payment_refused": 502,
    "webhook_refused": 400,
    # files that describe the municipality
    "site_file_invalid": 422,
    "open_data_refused": 422,
    "setting_invalid": 422,
    "production_refused": 422,
    # the store and the machine
    "version_conflict": 409,
    "record_exists": 409,
    "record_too_large": 413,
    "too_many_writes": 422,
    "batch_erasing": 409,
    "batch_differs": 500,
    "audit_chain_damaged": 500,
    "store_schema_newer": 503,
    "store_misuse": 500,
    "storage_full": 507,
    "storage_unavailable": 503,
    "overloaded": 503,
    "backup_unreadable": 422,
    "would_overwrite": 409,
    "no_city": 404,
    "answer_needed": 422,
    "machine_refused": 503,
    "keys_missing": 503,
    "keys_unreachable": 503,
    "key_unknown": 404,
    "key_newest": 409,
    "key_young": 409,
    "key_clock": 409,
    "key_batches": 409,
    "key_in_use": 409,
    "resealing_elsewhere": 409,
    "sealed_unreadable": 500,
    "sealed_key_missing": 500,
    "internal": 500,
}


class TodokeError(Exception):
    """Something a person must be told about.

    code: a key of ``STATUS``; names the sentence in the locales.
    details: values the sentence may show (file, field, rule, nearest, limit ...). Never
        personal data: the same details go to the log.
    """

    def __init__(self, code: str, **details: object) -> None:
        if code not in STATUS:
            raise ValueError(f"error code {code!r} is not declared in core/errors.py")
        self.code = code
        self.details = details
        shown = ", ".join(f"{name}={value}" for name, value in details.items())
        super().__init__(f"{code}: {shown}" if shown else code)

    @property
    def status(self) -> int:
        """HTTP status that goes with the code."""
        return STATUS[self.code]
