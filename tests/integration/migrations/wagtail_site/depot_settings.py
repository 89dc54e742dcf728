"""The site with one app more, whose migrations are written for the guard: see depot/migrations."""

from settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "depot"]  # noqa: F405
