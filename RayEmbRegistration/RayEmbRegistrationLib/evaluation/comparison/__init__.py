"""Every method on every case: plan, trials, records, tables."""
