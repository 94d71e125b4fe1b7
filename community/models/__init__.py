"""All tables, one file per subject. This layer imports `community.db` only."""

from community.models.accounts import Account, Role, SignIn, account_role
from community.models.catalog import Product, Tag, question_tag
from community.models.complaints import CHANNELS, STATUSES, UNRESOLVED, Complaint, Message
from community.models.customers import LEVELS, STAGES, VALUES, Customer, Identity, Interaction, Profile, Signal
from community.models.events import Event
from community.models.posts import Answer, Comment, Post, Question, Revision, Vote
from community.models.reports import Report
from community.models.runs import Lease, Run
from community.models.texts import Correction, Mention, Verbatim
from community.models.themes import THEME_STATUSES, Centre, Theme, ThemeChange, Topic

__all__ = [
    "CHANNELS", "LEVELS", "STAGES", "STATUSES", "THEME_STATUSES", "UNRESOLVED", "VALUES", "Account", "Answer",
    "Centre", "Comment", "Complaint", "Correction", "Customer", "Event", "Identity", "Interaction", "Lease", "Mention",
    "Message", "Post", "Product", "Profile", "Question", "Report", "Revision", "Role", "Run", "SignIn", "Signal",
    "Tag", "Theme", "ThemeChange", "Topic", "Verbatim", "Vote", "account_role", "question_tag",
]  # fmt: skip
