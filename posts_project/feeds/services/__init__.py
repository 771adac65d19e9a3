"""Writes to timelines: who has one (`owners`), what enters (`fan_out`), what a changed edge adds or takes (`edges`)."""
