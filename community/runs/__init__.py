"""The worker's runs, for the administrator."""
