"""All tables, one file per subject. This layer imports `community.db` only."""

from community.models.accounts import (
    CONSENTS,
    TRUST,
    Account,
    ApiToken,
    Award,
    Consent,
    Passkey,
    Role,
    SignIn,
    account_role,
)
from community.models.cases import (
    PUBLICATIONS,
    Attachment,
    CannedReply,
    ComplaintChange,
    ComplaintLabel,
    Fitting,
    Looking,
    Note,
    Publication,
    Rating,
)
from community.models.catalog import Product, Tag, question_tag
from community.models.complaints import CHANNELS, PRIORITIES, STATUSES, UNRESOLVED, Complaint, Message
from community.models.corrections import CORRECTIONS, Calibration, Change, Correction, Explanation
from community.models.customers import LEVELS, STAGES, VALUES, Customer, Identity, Interaction, Profile, Signal
from community.models.days import ChangedDay, SaidDay
from community.models.events import Event
from community.models.moderation import (
    ALIKE,
    FLAGS,
    ITEMS,
    SANCTIONS,
    STATES,
    VERY_ALIKE,
    CannedReason,
    Flag,
    Likeness,
    LogEntry,
    QueueItem,
    Sanction,
    SpamMark,
    TagSynonym,
)
from community.models.notifications import (
    FREQUENCIES,
    NOTIFICATIONS,
    Mail,
    Notification,
    Preference,
    ReceivedMail,
    SavedSearch,
)
from community.models.outcomes import OUTCOME_STATES, WAYS, Outcome, OutcomeNote, RoutingRule, Telling
from community.models.posts import (
    Answer,
    Comment,
    Draft,
    MeToo,
    Post,
    Question,
    Related,
    Revision,
    Upload,
    Vote,
    Watch,
)
from community.models.reports import (
    REPORTS,
    SUBSCRIPTIONS,
    LoyaltyDay,
    Overview,
    Report,
    ReportOrder,
    ReportQuote,
    SearchDay,
    Subscription,
)
from community.models.runs import Lease, Run
from community.models.texts import Echo, Mention, Verbatim, Verdict
from community.models.themes import ALERTS, DEPARTMENTS, THEME_STATUSES, Alert, Centre, Theme, Topic

__all__ = [
    "ALERTS", "ALIKE", "CHANNELS", "CONSENTS", "CORRECTIONS", "DEPARTMENTS", "FLAGS", "FREQUENCIES", "ITEMS", "LEVELS",
    "NOTIFICATIONS", "OUTCOME_STATES", "PRIORITIES", "PUBLICATIONS", "REPORTS", "SANCTIONS", "STAGES", "STATES",
    "STATUSES", "SUBSCRIPTIONS", "THEME_STATUSES", "TRUST", "UNRESOLVED", "VALUES", "VERY_ALIKE", "WAYS",
    "Account", "Alert", "Answer", "ApiToken", "Attachment", "Award", "Calibration", "CannedReason", "CannedReply",
    "Centre", "Change", "ChangedDay", "Comment", "Complaint", "ComplaintChange", "ComplaintLabel", "Consent",
    "Correction", "Customer", "Draft", "Echo", "Event", "Explanation", "Fitting", "Flag", "Identity", "Interaction",
    "Lease", "Likeness", "LogEntry", "Looking", "LoyaltyDay", "Mail", "MeToo", "Mention", "Message", "Note",
    "Notification", "Outcome", "OutcomeNote", "Overview", "Passkey", "Post", "Preference", "Product", "Profile",
    "Publication", "Question", "QueueItem", "Rating", "ReceivedMail", "Related", "Report", "ReportOrder",
    "ReportQuote", "Revision", "Role", "RoutingRule", "Run", "SaidDay", "Sanction", "SavedSearch", "SearchDay",
    "SignIn", "Signal", "SpamMark", "Subscription", "Tag", "TagSynonym", "Telling", "Theme", "Topic", "Upload",
    "Verbatim", "Verdict", "Vote", "Watch", "account_role", "question_tag",
]  # fmt: skip
