"""What is said to other systems and what they answer, in our own words."""
