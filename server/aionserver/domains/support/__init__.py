"""Support: messages to those who run the server, from anybody; kept, and sent to them by e-mail where it is set up."""
