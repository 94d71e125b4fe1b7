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
    Looking,
    Note,
    Publication,
    Rating,
)
from community.models.catalog import Product, Tag, question_tag
from community.models.complaints import CHANNELS, PRIORITIES, STATUSES, UNRESOLVED, Complaint, Message
from community.models.corrections import CORRECTIONS, Calibration, Change, Correction, Explanation
from community.models.customers import LEVELS, STAGES, VALUES, Customer, Identity, Interaction, Profile, Signal
from community.models.events import Event
from community.models.moderation import (
    FLAGS,
    ITEMS,
    SANCTIONS,
    STATES,
    Flag,
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
from community.models.reports import LoyaltyDay, Overview, Report, SearchDay
from community.models.runs import Lease, Run
from community.models.texts import Echo, Mention, Verbatim, Verdict
from community.models.themes import DEPARTMENTS, THEME_STATUSES, Alert, Centre, Theme, Topic

__all__ = [
    "CHANNELS", "CONSENTS", "CORRECTIONS", "DEPARTMENTS", "FLAGS", "FREQUENCIES", "ITEMS", "LEVELS", "NOTIFICATIONS", "PRIORITIES",
    "PUBLICATIONS", "SANCTIONS", "STAGES", "STATES", "STATUSES", "THEME_STATUSES", "TRUST", "UNRESOLVED", "VALUES",
    "Account", "Alert", "Answer", "ApiToken", "Attachment", "Award", "Calibration", "CannedReply", "Centre", "Change",
    "Comment", "Complaint", "ComplaintChange", "ComplaintLabel", "Consent", "Correction", "Customer", "Draft", "Echo",
    "Event", "Explanation", "Flag", "Identity", "Interaction", "Lease", "LogEntry", "Looking", "LoyaltyDay", "Mail", "MeToo",
    "Mention", "Message", "Note", "Notification", "Overview", "Passkey", "Post", "Preference", "Product", "Profile", "Publication",
    "Question", "QueueItem", "Rating", "ReceivedMail", "Related", "Report", "Revision", "Role", "Run", "Sanction",
    "SavedSearch", "SearchDay", "SignIn", "Signal", "SpamMark", "Tag", "TagSynonym", "Theme", "Topic", "Upload", "Verbatim",
    "Verdict", "Vote", "Watch", "account_role", "question_tag",
]  # fmt: skip
