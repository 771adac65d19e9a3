"""A made-up social graph with its posts, put into the tables of Posts by COPY, within minutes."""
