//! `bugstack fix` with proof on `nest-chat`, from what production recorded: once where the trace
//! names the source, once where it names the build. `full` has the other traces.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use bugstack_tests::nest::{FAULTS, Variant, prove};
use bugstack_tests::world::World;

#[test]
fn a_fault_is_fixed_from_a_trace_of_its_source_and_from_one_of_its_build() {
    let world = World::app("nest-chat").unwrap();
    let [rooms, .., history] = &FAULTS;
    prove(&world, rooms, Variant::Source).unwrap();
    prove(&world, history, Variant::Build).unwrap();
}
