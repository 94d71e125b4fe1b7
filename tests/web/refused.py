"""What each reader may not do: a row for each address that changes something."""

from collections.abc import Mapping

# What these readers get who must not do it; the asker's question, complaint and a theme must not change by it.
OF_AGENTS = {"customer": 404, "asker": 403, "moderator": 404, "manager": 404}
WORK = (
    "/complaints/<int:complaint_id>/facts", "/complaints/<int:complaint_id>/looking",
    "/complaints/<int:complaint_id>/merge", "/complaints/<int:complaint_id>/unmerge",
    "/complaints/<int:complaint_id>/messages/<int:message_id>/undo", "/complaints/<int:complaint_id>/notes",
    "/complaints/<int:complaint_id>/escalation", "/complaints/<int:complaint_id>/snooze",
    "/complaints/<int:complaint_id>/publication",
    "/complaints/<int:complaint_id>/publication/withdrawal",
)  # fmt: skip


IN_THE_INBOX = (
    "/inbox/canned", "/inbox/canned/<int:canned_id>", "/inbox/canned/<int:canned_id>/deletion", "/inbox/changes", "/inbox/mails/<int:mail_id>/deletion", "/inbox/mails/<int:mail_id>/retry",
)  # fmt: skip


OF_MANAGERS = (
    "/insights/themes/<int:theme_id>/acting", "/insights/routing", "/insights/routing/<int:rule_id>",
    "/insights/routing/<int:rule_id>/place", "/insights/routing/<int:rule_id>/deletion",
    "/insights/themes/<int:theme_id>/outcome", "/insights/outcomes/<int:outcome_id>/publication",
    "/insights/outcomes/<int:outcome_id>/withdrawal", "/insights/outcomes/<int:outcome_id>/deletion",
)  # fmt: skip


REFUSED: Mapping[str, Mapping[str, int]] = {
    **{rule: dict.fromkeys(("customer", "asker", "agent", "moderator"), 404) for rule in OF_MANAGERS},
    "/answers/<int:answer_id>/acceptance": dict.fromkeys(("customer", "agent", "moderator", "manager", "admin"), 403),
    "/complaints/<int:complaint_id>/assignment": {"customer": 404, "asker": 403, "moderator": 404, "manager": 404},
    **dict.fromkeys(WORK, OF_AGENTS),
    **{rule: dict.fromkeys(("customer", "asker", "moderator", "manager"), 404) for rule in IN_THE_INBOX},
    "/complaints/<int:complaint_id>/replies": {"customer": 404, "moderator": 404, "manager": 404},
    "/complaints/<int:complaint_id>/rating": {
        "customer": 404,
        "agent": 403,
        "moderator": 404,
        "manager": 404,
        "admin": 403,
    },
    "/complaints/<int:complaint_id>/status": {"customer": 404, "asker": 403, "moderator": 404, "manager": 404},
    "/complaints/new": dict.fromkeys(("agent", "moderator", "manager", "admin"), 403),
    "/insights/mentions/<int:mention_id>/correction": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/corrections/<int:correction_id>/undoing": dict.fromkeys(
        ("customer", "asker", "agent", "moderator"), 404
    ),
    "/insights/mentions/<int:mention_id>/kept": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/mentions/<int:mention_id>/rejection": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/mentions/<int:mention_id>/theme": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/mentions/<int:mention_id>/words": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/reports/new": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/subscriptions": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/subscriptions/refusal": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/subscriptions/<int:subscription_id>/deletion": dict.fromkeys(
        ("customer", "asker", "agent", "moderator", "admin"), 404
    ),
    "/insights/themes/<int:theme_id>/ignored": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/themes/<int:theme_id>/owner": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/themes/<int:theme_id>/pin": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/themes/<int:theme_id>/split": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/themes/<int:theme_id>/merge": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/themes/<int:theme_id>/name": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/insights/themes/<int:theme_id>/status": dict.fromkeys(("customer", "asker", "agent", "moderator"), 404),
    "/moderation/items/<int:item_id>/claim": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/moderation/items/<int:item_id>/decision": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/moderation/decisions": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/moderation/reasons": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/moderation/reasons/<int:reason_id>": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/moderation/reasons/<int:reason_id>/retirement": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/moderation/tags": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/posts/<int:post_id>/curation": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/moderation/people/<handle>": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/standing/appeal": dict.fromkeys(("customer", "asker", "agent", "moderator", "manager", "admin"), 404),
    "/moderation/log/undoing": dict.fromkeys(("customer", "asker", "agent", "manager"), 404),
    "/posts/<int:post_id>/flag": {"asker": 403},
    "/posts/<int:post_id>/flag/withdrawal": dict.fromkeys(
        ("customer", "asker", "agent", "moderator", "manager", "admin"), 404
    ),
    "/posts/<int:post_id>/deletion": dict.fromkeys(("customer", "agent", "manager", "admin"), 403),
    "/posts/<int:post_id>/edit": dict.fromkeys(("customer", "agent", "manager", "admin"), 403),
    "/answers/<int:answer_id>/kind": {"customer": 403, "asker": 403},
    "/posts/<int:post_id>/revisions/<int:number>/restoration": dict.fromkeys(
        ("customer", "agent", "manager", "admin"), 403
    ),
    "/posts/<int:post_id>/revisions/<int:number>/removal": dict.fromkeys(
        ("customer", "asker", "agent", "manager"), 404
    ),
    "/posts/<int:post_id>/vote": {"asker": 403},
    "/products/<slug>/watch": {},
    "/questions/<int:question_id>/information": {"asker": 403},
    "/questions/<int:question_id>/information/withdrawal": {},
    "/questions/<int:question_id>/me-too": {"asker": 403},
    "/questions/<int:question_id>/watch": {},
    "/tags/<slug>/watch": {},
    "/posts/<int:post_id>/comments": {},
    "/questions/<int:question_id>/answers": {},
    "/ask": {},
    "/drafts": {},
    "/drafts/<int:draft_id>/deletion": dict.fromkeys(("customer", "agent", "moderator", "manager", "admin"), 404),
    "/drafts/<int:draft_id>/restoration": dict.fromkeys(("customer", "agent", "moderator", "manager", "admin"), 404),
    "/preview": {},
    "/uploads": {},
    "/password": {},
    "/notifications/<int:notification_id>/read": dict.fromkeys(
        ("customer", "agent", "moderator", "manager", "admin"), 404
    ),
    "/notifications/read": {},
    "/notifications/seen": {},
    "/settings/notifications": {},
    "/searches": {},
    "/searches/<int:search_id>": dict.fromkeys(("customer", "agent", "moderator", "manager", "admin"), 404),
    "/searches/<int:search_id>/deletion": dict.fromkeys(("customer", "agent", "moderator", "manager", "admin"), 404),
    "/settings/profile": {},
    "/settings/privacy/consents/<any(profiling, visits):kind>": {},
    "/settings/authenticator": {},
    "/settings/authenticator/<token>": {},
    "/settings/email": {},
    "/settings/passkeys": {},
    "/settings/passkeys/<int:passkey_id>/name": dict.fromkeys(
        ("customer", "agent", "moderator", "manager", "admin"), 404
    ),
    "/settings/passkeys/<token>": {},
    "/settings/passkeys/deletion": {},
    "/settings/recovery-codes": {},
    "/settings/sign-ins/<int:sign_in_id>/end": dict.fromkeys(
        ("customer", "agent", "moderator", "manager", "admin"), 404
    ),
    "/settings/sign-ins/end": {},
    "/settings/tokens": {},
    "/settings/tokens/<int:token_id>/revocation": dict.fromkeys(
        ("customer", "agent", "moderator", "manager", "admin"), 404
    ),
    "/sign-in/again": {},
    "/sign-in/again/passkey": {},
    "/sign-in/again/passkey/<token>": {},
    "/settings/privacy/deletion": dict.fromkeys(("customer", "asker", "agent", "moderator", "manager", "admin"), 422),
}


FOR_PROGRAMS = {  # by token: tests/api
    "/api/v1/questions", "/api/v1/questions/<int:question_id>/answers", "/api/v1/posts/<int:post_id>/comments",
    "/api/v1/complaints",
}  # fmt: skip


FOR_STRANGERS = {
    "/language/<locale>", "/sign-in", "/join", "/sign-out", "/unsubscribe/<mail_token>", "/you-said/stop/<stop_token>", "/rate/<rating_token>",
    "/publish/<publication_token>", "/confirm", "/confirm/<token>",
    "/standing/<key>/appeal", "/reset", "/reset/<token>", "/sign-in/code", "/sign-in/passkey", "/sign-in/passkey/<token>",
    "/sign-in/recovery-code", "/sign-in/rescue", "/sign-in/second-step",
}  # fmt: skip


WORDS = {
    "title": "Taken over", "body": "Taken over", "name": "Taken over", "status": "done", "value": "1", "into": "1",
    "sentiment": "positive", "theme": "2", "owner": "1", "mention": "1", "subject": "Taken over",
    "reason": "spam", "text": "Taken over", "kind": "silence", "days": "3",
}  # fmt: skip
