//! `bugstack`: parse, run.

fn main() {}
