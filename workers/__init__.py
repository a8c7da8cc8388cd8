"""What runs beside the requests: the relay that finds due rows, and the Celery arm that makes one attempt each."""
