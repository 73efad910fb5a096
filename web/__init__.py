"""The linking page: where people land after Allow, if the operator set PUBLIC_URL."""
