"""What people see: sentences, cards and buttons. Pure rendering, and one way to answer."""
