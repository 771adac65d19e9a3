"""What both services must agree on to the letter, and nothing else: no models, no business words."""
