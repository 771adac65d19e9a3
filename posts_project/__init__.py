"""The Posts service: what users write, who follows whom, and what each sees at home."""
