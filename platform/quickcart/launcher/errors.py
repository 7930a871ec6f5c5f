class LauncherError(Exception):
    """A step that cannot be done: `message` says what is wrong, `hint` the way out."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint
