"""What all admin pages and all of an operator's commands have in common."""
