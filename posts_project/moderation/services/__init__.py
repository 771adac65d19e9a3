"""What is done with cases, one module for each step: report, decide, reverse, appeal, answer."""
