"""The Task in which a place in the video queue is spoken of, whoever holds it: the practice's server, or we."""
