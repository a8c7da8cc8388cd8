"""Den Gode Webservice 1.0.1: headers, ID cards, signatures, and the token service."""
