"""A practice system that serves the published SOAP contract, and can pull its queue from the gateway instead."""
