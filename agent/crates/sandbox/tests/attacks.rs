//! Attacks on the sandbox, each a program that runs inside.
use bugstack_sandbox::*;
fn main() {
    enter_if_asked();
    let a: Vec<String> = std::env::args().skip(1).collect();
    let job = Job::new(a, "/tmp");
    match Sandbox::new().run(&job) {
        Ok(o) => println!(
            "{:?} {:?} {:?} {:?}\n{}\n{}",
            o.end,
            o.setup,
            o.wall,
            o.memory_limited_by,
            String::from_utf8_lossy(&o.stdout),
            String::from_utf8_lossy(&o.stderr)
        ),
        Err(e) => println!("{e}"),
    }
}
