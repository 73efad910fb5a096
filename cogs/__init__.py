"""What Discord calls: one file a subject. Cogs take the request, ask an action, and show the answer."""
