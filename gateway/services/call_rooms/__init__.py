"""Where calls are held: in our own media, or in a room that another system keeps."""
