"""What Flask-Security says, in this product's words and both its languages: message key -> text and kind."""

from typing import Any

from flask_babel import lazy_gettext as _l

WRONG = _l("The e-mail address or the password is wrong.")  # which of them is nobody else's business
STALE_LINK = _l("This link is not valid, or was used already. Ask for a new one below.")
UNREADABLE = _l("That could not be read. Please begin again.")
NO_PASSKEY = _l("The passkey did not work: %(cause)s. Try again, or sign in with your password.")

MESSAGES: dict[str, tuple[Any, str]] = {
    "API_ERROR": (UNREADABLE, "error"),
    "GENERIC_AUTHN_FAILED": (WRONG, "error"),
    "USER_DOES_NOT_EXIST": (WRONG, "error"),
    "INVALID_PASSWORD": (_l("The password is wrong."), "error"),
    "DISABLED_ACCOUNT": (_l("This account is suspended."), "error"),
    "UNAUTHENTICATED": (_l("This page is for people who are signed in."), "info"),
    "REAUTHENTICATION_REQUIRED": (_l("Please show once more that it is you."), "info"),
    "REAUTHENTICATION_SUCCESSFUL": (_l("Thank you, it is you."), "success"),
    "ANONYMOUS_USER_REQUIRED": (_l("You are signed in already."), "info"),
    "INVALID_REDIRECT": (_l("That link led to another site."), "error"),
    # addresses
    "EMAIL_NOT_PROVIDED": (_l("Please give your e-mail address."), "error"),
    "INVALID_EMAIL_ADDRESS": (_l("This is no e-mail address. Look for a missing @ or dot."), "error"),
    "EMAIL_ALREADY_ASSOCIATED": (_l("This address has an account already."), "error"),
    "CONFIRM_REGISTRATION": (_l("Nearly there: we sent a mail to %(email)s."), "success"),
    "EMAIL_CONFIRMED": (_l("Your address is confirmed. Welcome! You can sign in now."), "success"),
    "ALREADY_CONFIRMED": (_l("This address is confirmed already. You can sign in."), "info"),
    "INVALID_CONFIRMATION_TOKEN": (STALE_LINK, "error"),
    "CONFIRMATION_REQUIRED": (_l("Please confirm your e-mail address first."), "error"),
    "CONFIRMATION_EXPIRED": (_l("This link was good for %(within)s. Ask for a new one below."), "error"),
    "CHANGE_EMAIL_SENT": (_l("We sent a mail to %(email)s. Open the link in it to change your address."), "success"),
    "CHANGE_EMAIL_EXPIRED": (_l("This link was good for %(within)s. Please begin again."), "error"),
    "CHANGE_EMAIL_CONFIRMED": (_l("Your e-mail address is changed."), "success"),
    # passwords
    "PASSWORD_NOT_PROVIDED": (_l("Please give a password."), "error"),
    "PASSWORD_INVALID_LENGTH": (_l("A password has at least %(length)s characters."), "error"),
    "RETYPE_PASSWORD_MISMATCH": (_l("The two passwords differ."), "error"),
    "PASSWORD_IS_THE_SAME": (_l("The new password is the old one."), "error"),
    "PASSWORD_CHANGE": (_l("Your password is changed. All other browsers are signed out."), "success"),
    "PASSWORD_RESET_NO_LOGIN": (_l("Your password is changed. Sign in with the new one."), "success"),
    "PASSWORD_RESET_EXPIRED": (_l("This link was good for %(within)s. Ask for a new one below."), "error"),
    "INVALID_RESET_PASSWORD_TOKEN": (STALE_LINK, "error"),
    # the second step
    "TWO_FACTOR_INVALID_TOKEN": (_l("This code is wrong or too old. Type the one that is shown now."), "error"),
    "INVALID_CODE": (_l("This code is wrong or too old. Type the one that is shown now."), "error"),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": (_l("You are signed in."), "success"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (_l("Your authenticator works. It is asked for from now on."), "success"),
    "TWO_FACTOR_PERMISSION_DENIED": (_l("Please sign in first."), "error"),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": (UNREADABLE, "error"),
    "TWO_FACTOR_DISABLED": (_l("The authenticator is off. Your password alone is enough now."), "success"),
    "TWO_FACTOR_SETUP_EXPIRED": (_l("That took longer than %(within)s. Please begin again."), "error"),
    "INVALID_RECOVERY_CODE": (_l("This recovery code is wrong or was used already."), "error"),
    "NO_RECOVERY_CODES_SETUP": (_l("You have no recovery codes yet."), "info"),
    # passkeys
    "WEBAUTHN_EXPIRED": (_l("That took longer than %(within)s. Please begin again."), "error"),
    "WEBAUTHN_NAME_REQUIRED": (_l("Give the passkey a name, so that you know it again."), "error"),
    "WEBAUTHN_NAME_INUSE": (_l("You have a passkey named %(name)s already."), "error"),
    "WEBAUTHN_NAME_NOT_FOUND": (_l("You have no passkey named %(name)s."), "error"),
    "WEBAUTHN_NAME_DISALLOWED_CHARACTERS": (_l("The name has signs that cannot be shown."), "error"),
    "INVALID_INPUT": (_l("The name has signs that cannot be shown."), "error"),
    "INVALID_INPUT_LENGTH": (_l("The name is too long: at most %(length)s characters."), "error"),
    "WEBAUTHN_CREDENTIAL_DELETED": (_l("The passkey %(name)s is deleted. It opens nothing any more."), "success"),
    "WEBAUTHN_REGISTER_SUCCESSFUL": (_l("The passkey %(name)s is ready."), "success"),
    "WEBAUTHN_CREDENTIAL_ID_INUSE": (_l("This passkey is here already."), "error"),
    "WEBAUTHN_UNKNOWN_CREDENTIAL_ID": (_l("This passkey is not known here, or not any more."), "error"),
    "WEBAUTHN_ORPHAN_CREDENTIAL_ID": (_l("This passkey is not known here, or not any more."), "error"),
    "WEBAUTHN_NO_VERIFY": (NO_PASSKEY, "error"),
    "WEBAUTHN_CREDENTIAL_WRONG_USAGE": (
        _l("This passkey was made as a second step. Sign in with your password first."),
        "error",
    ),
    "WEBAUTHN_MISMATCH_USER_HANDLE": (_l("This passkey belongs to another account."), "error"),
}
