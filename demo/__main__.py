"""`make demo`: the whole bot in a browser page."""

from demo.run import main

main()
