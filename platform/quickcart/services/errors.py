class ServiceError(Exception):
    """A service that cannot run, in words for the person at the keyboard.

    `message` says what is wrong, `hint` the way out.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message
