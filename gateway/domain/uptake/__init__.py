"""What an organisation's consultations came to, counted without anybody in them."""
