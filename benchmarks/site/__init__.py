"""The Posts service with two pages beside it that are measured against: never part of the product."""
