"""What is watched: health, figures, logs, traces, errors.

Nothing here decides anything for a customer, and nothing here may break a page:
what is not set up costs nothing, and what fails is passed over.
"""
