//! Every recorded trace of `nest-chat`, of the source and of the build, leads to a proven fix.

use bugstack_tests::nest::{FAULTS, Variant, prove};
use bugstack_tests::world::World;

#[test]
fn every_trace_of_the_source_is_fixed() {
    every_trace_is_fixed(Variant::Source);
}

#[test]
fn every_trace_of_the_build_is_fixed() {
    every_trace_is_fixed(Variant::Build);
}

/// In one world, so that its packages are fetched once.
fn every_trace_is_fixed(variant: Variant) {
    let world = World::app("nest-chat").unwrap();
    for fault in &FAULTS {
        prove(&world, fault, variant).unwrap();
    }
}
