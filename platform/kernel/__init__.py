"""What every layer may use and that uses none of them: no models, no settings."""
