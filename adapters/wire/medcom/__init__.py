"""The one gate for MedCom's FHIR messages (CareCommunication 5, Acknowledgement 2), for whichever side takes them.

``reading`` makes a document of JSON or XML; ``judging`` holds it against the rules of the official profiles; ``saying``
is what a message says; ``gate`` puts them together.
"""
