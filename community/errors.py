"""What can go wrong by the product's own rules. `web` and `api` turn each into a status once."""


class DomainError(Exception):
    """A rule said no. The message is for people and says what to do."""

    status = 400

    def __init__(self, message: str = ""):
        super().__init__(message)
        self.message = message


class NotFound(DomainError):
    """It does not exist, or this actor may not know that it does."""

    status = 404


class NotAllowed(DomainError):
    """The actor may see it, but not do this."""

    status = 403


class Invalid(DomainError):
    """The input breaks a rule."""

    status = 422


class Conflict(DomainError):
    """Somebody else was faster, or the state does not allow it any more."""

    status = 409


class Limited(DomainError):
    """Too much, too soon; the message says until when."""

    status = 429
