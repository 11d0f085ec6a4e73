//! Which commit a release was built from.

/// The commit as stated, or the one that the release's name holds: `chat@1.2.0+ce082b9a1f`.
pub(in crate::intake) fn commit(stated: Option<&str>, release: Option<&str>) -> Option<String> {
    let stated = stated.map(str::trim).filter(|text| is_hex(text, 7));
    stated.or_else(|| release.and_then(within)).map(str::to_ascii_lowercase)
}

/// A full SHA, or an abbreviated one: 7 or more hexadecimal digits with both a letter and a
/// figure, so that neither a date nor a word is taken for one.
fn within(release: &str) -> Option<&str> {
    let words = || {
        let words = release.split(|char: char| !char.is_ascii_alphanumeric());
        // `git describe` writes `v1.2-3-gce082b9`.
        words.map(|word| word.strip_prefix('g').filter(|rest| is_hex(rest, 7)).unwrap_or(word))
    };
    let mixed = |word: &&str| {
        word.bytes().any(|byte| byte.is_ascii_digit())
            && word.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    words()
        .find(|word| is_hex(word, 40))
        .or_else(|| words().find(|word| is_hex(word, 7) && mixed(word)))
}

fn is_hex(text: &str, at_least: usize) -> bool {
    (at_least..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_may_name_its_commit() {
        let full = "ce082b9a1f00112233445566778899aabbccddee";
        for (release, expected) in [
            (full, Some(full)),
            ("chat@1.2.0+ce082b9a1f", Some("ce082b9a1f")),
            ("v1.2-3-gce082b9", Some("ce082b9")),
            ("CE082B9", Some("ce082b9")),
            ("20261122", None),
            ("defaced", None),
            ("1.2.3", None),
        ] {
            assert_eq!(commit(None, Some(release)).as_deref(), expected, "{release}");
        }
        assert_eq!(commit(Some("1234567"), Some(full)).as_deref(), Some("1234567"));
        assert_eq!(commit(Some("--upload-pack=x"), None), None);
    }
}
