"""The app shared with other people: at an address of this machine's network, or by a public link.

What it protects from:
  - people without the password: they get the log-in page and nothing else, and guessing becomes slow;
  - a page of another site that uses a visitor's log-in, or a name that was made to point at this machine;
  - visitors who name a file, a folder, an address, or an upload of someone else: only the shared database and their own
    uploads are opened; the screen shows no path of this machine;
  - visitors who ask, upload or open too much: each has limits, and what they leave behind goes.

What it does not protect from:
  - visitors who read the shared database: all of its tables are theirs to read;
  - one person who logs in many times over, or a flood of connections: neither ends the app, both can make it slow;
  - a program that reads what Gradio tells the page: the path of the temporary folder of a visitor's own files is in it;
  - whoever listens on a network without https, as with `--host`: the password passes in clear;
  - whoever runs the tunnel of a public link: everything passes through it.
"""
