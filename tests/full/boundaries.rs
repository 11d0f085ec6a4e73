//! One kill in a repair, at each boundary in turn. `service_kill` has all of them in one repair.

use bugstack_tests::mortal::{
    assert_same, boundaries, finished, killed, one_of_each, undisturbed, world,
};

#[test]
fn a_kill_at_any_boundary_changes_nothing_of_the_repairs_end() {
    let expected = undisturbed();
    for point in boundaries() {
        let world = world();
        killed(&world, &point);
        finished(&world);
        assert_same(&one_of_each(&world, &world.serve().unwrap(), &point), &expected);
    }
}
