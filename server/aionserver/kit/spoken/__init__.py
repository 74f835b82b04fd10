"""What people say to an assistant, taken apart: what they want, of what, when, where, and what they point back to."""
