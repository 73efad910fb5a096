"""Commands and buttons, one file per subject. Cogs read the request, call an action, and show the result."""
