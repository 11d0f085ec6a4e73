//! Runs a program that nobody trusts: namespaces, limits, outcome. Linux only.
//!
//! ```no_run
//! use bugstack_sandbox::{Job, Sandbox};
//!
//! bugstack_sandbox::enter_if_asked(); // the first line of `main`
//! let job = Job::new(["/usr/bin/node", "-e", "console.log(1)"], "/tmp");
//! match Sandbox::new().run(&job) {
//!     Ok(outcome) => assert_eq!(outcome.stdout, b"1\n"),
//!     Err(missing) => eprintln!("{missing}"),
//! }
//! ```
//!
//! The supervisor ([`Sandbox::run`]) re-executes its own program as a helper with
//! an empty environment. The helper gives up root, builds the namespaces and
//! stays outside of them as the one that kills; its child is process 1 inside,
//! builds the file tree, gives up every privilege, starts the program, reaps,
//! and hands the files back. Nothing of the inside is ever opened from outside.

#[cfg(not(target_os = "linux"))]
compile_error!("the sandbox is made of Linux namespaces; there is none for this system");

mod cgroup;
mod channel;
mod diagnosis;
mod helper;
mod identity;
mod init;
mod job;
mod kernel;
mod landlock_wall;
mod outcome;
mod privileges;
mod probe;
mod root;
mod seccomp_wall;
mod supervisor;
mod trees;
mod walls;

pub use helper::enter_if_asked;
pub use job::{Job, Limits, Mount, MountKind, Network};
pub use outcome::{End, Landlock, MemoryLimit, Outcome, Unavailable};
pub use supervisor::{SANDBOX_UID, Sandbox};
pub use walls::Wall;
