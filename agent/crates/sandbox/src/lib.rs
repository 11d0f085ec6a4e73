//! Runs a program that nobody trusts.
