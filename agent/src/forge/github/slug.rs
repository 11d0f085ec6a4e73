//! A repository's name at GitHub, `owner/name`, read from a project's URL.

use std::fmt;

use reqwest::Url;

/// `owner/name`. Both parts have only characters that need no escaping.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Slug {
    pub(super) owner: String,
    pub(super) name: String,
}

impl Slug {
    /// Reads `https://host/owner/name[.git]`, where `host` is that of `base`.
    pub(super) fn parse(base: &Url, repository: &str) -> Option<Self> {
        let url = Url::parse(repository).ok()?;
        if url.origin() != base.origin() || url.query().is_some() {
            return None;
        }
        let (owner, name) = url.path().trim_matches('/').split_once('/')?;
        let name = name.strip_suffix(".git").unwrap_or(name);
        let slug = Self { owner: owner.to_owned(), name: name.to_owned() };
        (is_plain(owner) && is_plain(name)).then_some(slug)
    }

    /// Where git finds it.
    pub(super) fn remote(&self, base: &Url) -> String {
        format!("{}/{self}.git", base.as_str().trim_end_matches('/'))
    }

    /// `/repos/owner/name` and what follows.
    pub(super) fn path(&self, rest: fmt::Arguments<'_>) -> String {
        format!("/repos/{self}{rest}")
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// What GitHub allows in names; neither part can be `.` or `..`.
fn is_plain(part: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !part.is_empty() && part.bytes().all(allowed) && part.bytes().any(|byte| byte != b'.')
}

/// A person's name at GitHub, `[bot]` included.
pub(super) fn is_login(person: &str) -> bool {
    let name = person.strip_suffix("[bot]").unwrap_or(person);
    !name.is_empty()
        && name.len() <= 100
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// A branch's or person's name as part of a path; slashes stay.
pub(super) fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    let mut path = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            path.push(char::from(byte));
        } else {
            let _ = write!(path, "%{byte:02X}");
        }
    }
    path
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

    use super::*;

    #[test]
    fn a_repository_is_named_by_its_url() {
        let base = Url::parse("https://github.com").unwrap();
        let cases = [
            ("https://github.com/o/r", Some("o/r")),
            ("https://github.com/o/r.git", Some("o/r")),
            ("https://github.com/o/r.js.git/", Some("o/r.js")),
            ("https://GITHUB.com/O/R", Some("O/R")),
            ("https://github.com/o", None),
            ("https://github.com/o/r/pulls", None),
            ("https://github.com/o/..", None),
            ("https://github.com/o/r%2e", None),
            ("https://github.com/o/r?x", None),
            ("http://github.com/o/r", None),
            ("https://github.com.evil.example/o/r", None),
            ("https://github.com:8443/o/r", None),
            ("/srv/o/r", None),
        ];
        for (repository, slug) in cases {
            let found = Slug::parse(&base, repository).map(|slug| slug.to_string());
            assert_eq!(found.as_deref(), slug, "{repository}");
        }
        assert_eq!(escaped("bugstack/ä #?%"), "bugstack/%C3%A4%20%23%3F%25");
        assert!(is_login("a-b") && is_login("x[bot]") && !is_login("a/b") && !is_login(""));
    }
}
