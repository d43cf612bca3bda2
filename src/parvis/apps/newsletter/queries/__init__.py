"""Who is told what; the issues, their letters and figures; whether the mail of the town deserves to be believed."""
