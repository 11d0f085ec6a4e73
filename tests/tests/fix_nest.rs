//! `bugstack fix` with proof on `nest-chat`, from what production recorded: once where the trace
//! names the source, once where it names the build. The other traces are in `full`.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use bugstack_tests::nest::{FAULTS, Variant, prove};

#[test]
fn a_fault_is_fixed_from_a_trace_of_its_source() {
    prove(&FAULTS[0], Variant::Source).unwrap();
}

#[test]
fn a_fault_is_fixed_from_a_trace_of_its_build() {
    prove(&FAULTS[3], Variant::Build).unwrap();
}
