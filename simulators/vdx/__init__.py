"""MedCom's VDX as a Video-API v2: meetings, their rooms and their provisioning."""
