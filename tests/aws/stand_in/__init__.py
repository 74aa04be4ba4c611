"""A stand-in for AWS on loopback: every request is checked against AWS's published models, answers
are slow, late, cut and throttled on demand. docs/stand-in.md tells how to use it."""
