//! Whom to ask for a review: whom the repository names, who changed the failing line last, and who
//! owns the file.

use anyhow::Result;

use super::codeowners;
use crate::model::Verdict;
use crate::repair::{Context, Settings};

/// More would ask everybody, and so nobody.
const MAX_REVIEWERS: usize = 3;
/// Where GitHub keeps the address of who hides theirs: `1234+login@…`.
const NOREPLY: &str = "@users.noreply.github.com";
/// Characters of a GitHub login.
const MAX_LOGIN: usize = 39;

/// Logins, and teams as `organisation/team`.
pub(super) fn of(
    context: &Context<'_>,
    verdict: &Verdict,
    settings: &Settings,
) -> Result<Vec<String>> {
    let found = &verdict.diagnosis.found;
    let base = &verdict.diagnosis.site.base;
    let suspect = context.repository.last_change(base, &found.path, found.line)?;
    let suspect = suspect.and_then(|author| login(&author.email));
    let owners = codeowners::of(&context.repository.tree(base)?, &found.path);
    let mut chosen: Vec<String> = Vec::new();
    for name in settings.reviewers.iter().cloned().chain(suspect).chain(owners) {
        if !chosen.iter().any(|other| other.eq_ignore_ascii_case(&name)) {
            chosen.push(name);
        }
    }
    chosen.truncate(MAX_REVIEWERS);
    Ok(chosen)
}

/// The login of a GitHub address; any other address could be anybody's.
fn login(email: &str) -> Option<String> {
    let (id, login) = email.strip_suffix(NOREPLY)?.split_once('+')?;
    let digits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let name = (1..=MAX_LOGIN).contains(&login.len())
        && login.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (digits && name).then(|| login.to_owned())
}

#[cfg(test)]
mod tests {
    use super::login;

    #[test]
    fn only_github_says_who_an_address_is() {
        for (email, expected) in [
            ("583231+octocat@users.noreply.github.com", Some("octocat")),
            ("octocat@users.noreply.github.com", None),
            ("49699333+dependabot[bot]@users.noreply.github.com", None),
            ("x+octocat@users.noreply.github.com", None),
            ("1+@users.noreply.github.com", None),
            ("1+a/b@users.noreply.github.com", None),
            ("1+octocat@users.noreply.github.com.example", None),
            ("ada@example.org", None),
            ("", None),
        ] {
            assert_eq!(login(email).as_deref(), expected, "{email}");
        }
    }
}
