"""``python -m workers``: the Celery arm."""

from workers.app import main

main()
