//! The hidden last line of a body: what a proposal is, should our own data be lost.
//!
//! Anybody who may edit a proposal can forge one. It then says which commits we know and nothing
//! more: what is ours to overwrite, git has to confirm.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::model::Event;

const BEGIN: &str = "<!-- bugstack:v1 ";
const END: &str = " -->";
/// Characters of the longest marker that is read.
const MAX_CHARS: usize = 2_000;
/// Releases that a marker names; the oldest go first.
const MAX_RELEASES: usize = 32;
/// Hexadecimal digits of a release's hash: a body may be public, and releases are not.
const RELEASE_DIGITS: usize = 12;

/// What a proposal is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) fix_key: String,
    /// The commit that it was made on.
    pub(super) base: String,
    /// Our commit.
    pub(super) head: String,
    /// The tree of that commit.
    pub(super) tree: String,
    /// With its candidate.
    pub(super) template: String,
    /// Hashes of the releases that the error was seen in.
    pub(super) releases: Vec<String>,
}

impl Marker {
    /// The last one in the body, if it is whole.
    pub(super) fn read(body: &str) -> Option<Self> {
        let (_, last) = body.rsplit_once(BEGIN)?;
        let (inside, _) = last.split_once(END)?;
        if inside.len() > MAX_CHARS {
            return None;
        }
        let mut fields = inside.split(' ');
        let mut field = |name: &str| {
            let value = fields.next()?.strip_prefix(name)?.strip_prefix('=')?;
            value.bytes().all(is_safe).then(|| value.to_owned())
        };
        let marker = Self {
            fix_key: field("fix_key")?,
            base: field("base").filter(|text| is_sha(text))?,
            head: field("head").filter(|text| is_sha(text))?,
            tree: field("tree").filter(|text| is_sha(text))?,
            template: field("template")?,
            releases: list(&field("releases")?)?,
        };
        fields.next().is_none().then_some(marker)
    }

    /// Adds the event's release.
    pub(super) fn sees(&mut self, event: &Event) {
        if let Some(release) = release(event).filter(|release| !self.releases.contains(release)) {
            self.releases.push(release);
        }
        let surplus = self.releases.len().saturating_sub(MAX_RELEASES);
        self.releases.drain(..surplus);
    }
}

/// What a marker calls the event's release; none where the event names none.
pub(super) fn release(event: &Event) -> Option<String> {
    let name = event.commit.as_ref().or(event.release.as_ref())?;
    let mut hash = hex::encode(Sha256::digest(name.as_bytes()));
    hash.truncate(RELEASE_DIGITS);
    Some(hash)
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fix_key, base, head, tree, template, releases } = self;
        let template: String = template.chars().filter(|c| is_safe_char(*c)).collect();
        let releases = releases.join(",");
        write!(
            f,
            "{BEGIN}fix_key={fix_key} base={base} head={head} tree={tree} template={template} \
             releases={releases}{END}"
        )
    }
}

fn list(text: &str) -> Option<Vec<String>> {
    let digits = |hash: &str| {
        hash.len() == RELEASE_DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let hashes: Vec<String> =
        text.split(',').filter(|hash| !hash.is_empty()).map(str::to_owned).collect();
    (hashes.len() <= MAX_RELEASES && hashes.iter().all(|hash| digits(hash))).then_some(hashes)
}

fn is_sha(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'/' | b',' | b'-')
}

fn is_safe_char(c: char) -> bool {
    u8::try_from(c).is_ok_and(is_safe)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

    use super::*;

    fn marker() -> Marker {
        Marker {
            fix_key: "ab12".into(),
            base: "0".repeat(40),
            head: "1".repeat(40),
            tree: "2".repeat(40),
            template: "guard-send/allow-list".into(),
            releases: vec!["0123456789ab".into(), "ba9876543210".into()],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let text = marker().to_string();
        assert_eq!(Marker::read(&text), Some(marker()));
        assert_eq!(Marker::read(&format!("words\n\n{text}\n")), Some(marker()));
        let none = Marker { releases: Vec::new(), ..marker() };
        assert_eq!(Marker::read(&none.to_string()), Some(none));
    }

    #[test]
    fn the_last_one_counts_and_only_a_whole_one() {
        let other = Marker { fix_key: "cd34".into(), ..marker() };
        assert_eq!(Marker::read(&format!("{}\n{other}", marker())).unwrap().fix_key, "cd34");
        let text = marker().to_string();
        for (from, to) in [
            ("v1", "v2"),
            ("base=", "bass="),
            ("head=1", "head=x"),
            ("head=1", "head="),
            ("tree=2", "tree=22"),
            (" tree", "  tree"),
            ("releases=0", "releases=00"),
            (" -->", " more=1 -->"),
            (" -->", ""),
            ("ab12", "ab 12"),
            ("ab12", "ab<12"),
        ] {
            let forged = text.replacen(from, to, 1);
            assert_ne!(forged, text, "{from}");
            assert_eq!(Marker::read(&forged), None, "{forged}");
            assert_eq!(Marker::read(&format!("{text}\n{forged}")).filter(|_| from != "v1"), None);
        }
    }
}
