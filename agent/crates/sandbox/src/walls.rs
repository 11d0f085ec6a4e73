//! The self-test.
/// One wall of the sandbox and whether it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wall {
    /// Its name.
    pub name: &'static str,
    /// Whether it stands.
    pub stands: bool,
    /// What was seen.
    pub seen: String,
    /// What to do when it does not stand.
    pub remedy: &'static str,
}
