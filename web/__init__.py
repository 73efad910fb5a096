"""The linking page: where people land after Allow, if the operator has an address for it."""
