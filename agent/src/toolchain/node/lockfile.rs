//! `package-lock.json`: what is installed, and from where it would come.

use std::collections::BTreeMap;

use bugstack_patch::Refusal;
use semver::Version;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// A lockfile of npm, version 2 or 3.
#[derive(Debug, Clone)]
pub struct Lockfile {
    packages: BTreeMap<String, Package>,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[serde(rename_all = "camelCase")]
struct Package {
    version: Option<String>,
    resolved: Option<String>,
    link: bool,
    dependencies: BTreeMap<String, String>,
    dev_dependencies: BTreeMap<String, String>,
    optional_dependencies: BTreeMap<String, String>,
    peer_dependencies: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    packages: Option<BTreeMap<String, Package>>,
}

impl Lockfile {
    /// Reads the text of a lockfile.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let file: File = serde_json::from_str(text).map_err(|error| {
            Refusal::new("lockfile-unreadable", format!("package-lock.json: {error}"))
        })?;
        let packages = file.packages.ok_or_else(|| {
            Refusal::new(
                "lockfile-unreadable",
                "package-lock.json has no `packages`: it was written by npm 6 or older. \
                 Run `npm install` once with npm 7 or newer and commit the result",
            )
        })?;
        let sha256 = hex::encode(Sha256::digest(text.as_bytes()));
        Ok(Self { packages, sha256 })
    }

    /// The installed version of every package; where there are several, the one at the top.
    pub fn versions(&self) -> BTreeMap<String, Version> {
        let mut versions = BTreeMap::new();
        let mut deepest_last: Vec<_> = self.packages.iter().collect();
        deepest_last.sort_by_key(|(place, _)| place.matches("node_modules/").count());
        for (place, package) in deepest_last {
            let Some((_, name)) = place.rsplit_once("node_modules/") else { continue };
            let Some(version) = package.version.as_deref().and_then(|v| v.parse().ok()) else {
                continue;
            };
            versions.entry(name.to_owned()).or_insert(version);
        }
        versions
    }

    /// The first package that `installed`, npm's own record of a folder, has in another version.
    pub(super) fn contradicted_by(&self, installed: &Self) -> Option<String> {
        installed.packages.iter().find_map(|(place, package)| {
            let locked = self.packages.get(place)?.version.as_ref()?;
            let found = package.version.as_ref()?;
            (locked != found).then(|| format!("{place} is {found}, the lockfile says {locked}"))
        })
    }

    /// Refuses, by name, whatever does not come from a registry: git, files, links and addresses.
    /// Which registry that is, npm is told: the host that an entry names is never asked.
    pub fn check_sources(&self) -> Result<(), Refusal> {
        for (place, package) in &self.packages {
            if package.link {
                return Err(foreign(place, "is a link"));
            }
            let resolved = package.resolved.as_deref().unwrap_or("https:");
            if !resolved.starts_with("https:") && !resolved.starts_with("http:") {
                return Err(foreign(place, &format!("comes from `{resolved}`")));
            }
            if let Some((name, wanted)) = package.wanted().find(|(_, wanted)| !is_version(wanted)) {
                return Err(foreign(place, &format!("wants `{name}` from `{wanted}`")));
            }
        }
        Ok(())
    }
}

impl Package {
    fn wanted(&self) -> impl Iterator<Item = (&String, &String)> {
        let groups = [
            &self.dependencies,
            &self.dev_dependencies,
            &self.optional_dependencies,
            &self.peer_dependencies,
        ];
        groups.into_iter().flatten()
    }
}

/// A range, a tag, or another name for a registry package; not an address, a path or a repository.
fn is_version(wanted: &str) -> bool {
    wanted.starts_with("npm:") || !wanted.contains([':', '/'])
}

fn foreign(place: &str, what: &str) -> Refusal {
    let place = if place.is_empty() { "the project" } else { place };
    Refusal::new(
        "fetch-failed",
        format!("package-lock.json: {place} {what}; only registry packages are fetched"),
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

    use super::*;

    const LOCK: &str = r#"{"lockfileVersion":3,"packages":{
        "":{"name":"chat"},
        "node_modules/ws":{"version":"8.21.2","resolved":"https://packages.example/ws.tgz"},
        "node_modules/old/node_modules/ws":{"version":"6.2.7"}}}"#;

    #[test]
    fn the_version_at_the_top_wins() {
        let versions = Lockfile::parse(LOCK).unwrap().versions();
        assert_eq!(versions["ws"], Version::new(8, 21, 2));
    }

    #[test]
    fn only_a_registry_is_a_source() {
        assert_eq!(Lockfile::parse(LOCK).unwrap().check_sources(), Ok(()));
        for (from, to, told) in [
            ("https://packages.example/ws.tgz", "git+ssh://git@git.example/a.git#1", "git+ssh"),
            ("https://packages.example/ws.tgz", "file:../b", "file:../b"),
            (r#""version":"6.2.7""#, r#""link":true"#, "is a link"),
            (r#""name":"chat""#, r#""dependencies":{"a":"https://x.example/a.tgz"}"#, "x.example"),
            (r#""name":"chat""#, r#""devDependencies":{"a":"somebody/a"}"#, "`somebody/a`"),
            (r#""version":"6.2.7""#, r#""optionalDependencies":{"a":"github:b/a"}"#, "github:b/a"),
        ] {
            let lock = Lockfile::parse(&LOCK.replace(from, to)).unwrap();
            let refusal = lock.check_sources().unwrap_err();
            assert_eq!(refusal.code, "fetch-failed");
            assert!(refusal.explanation.contains(told), "{}", refusal.explanation);
        }
        for wanted in ["^8.0.0", ">=1 <2 || 3.x", "latest", "*", "npm:@scope/other@^1"] {
            assert!(is_version(wanted), "{wanted}");
        }
    }

    #[test]
    fn what_is_installed_is_what_is_locked() {
        let lock = Lockfile::parse(LOCK).unwrap();
        assert_eq!(lock.contradicted_by(&lock), None);
        let installed = Lockfile::parse(&LOCK.replace("6.2.7", "6.2.8")).unwrap();
        let told = lock.contradicted_by(&installed).unwrap();
        assert!(told.contains("6.2.8, the lockfile says 6.2.7"), "{told}");
    }

    #[test]
    fn an_old_lockfile_is_refused_with_the_remedy() {
        let refusal = Lockfile::parse(r#"{"lockfileVersion":1,"dependencies":{}}"#).unwrap_err();
        assert!(refusal.explanation.contains("npm install"), "{}", refusal.explanation);
    }
}
