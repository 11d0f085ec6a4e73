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
struct Package {
    version: Option<String>,
    resolved: Option<String>,
    link: bool,
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

    /// Refuses every source but `registry`: git, files, links and other hosts, by name.
    pub fn check_sources(&self, registry_host: &str) -> Result<(), Refusal> {
        for (place, package) in &self.packages {
            let refuse = |what: &str| {
                Err(Refusal::new(
                    "fetch-failed",
                    format!(
                        "package-lock.json: `{place}` {what}; only registry packages are fetched"
                    ),
                ))
            };
            if package.link {
                return refuse("is a link");
            }
            let Some(resolved) = &package.resolved else { continue };
            match reqwest::Url::parse(resolved) {
                Ok(url) if url.scheme() == "https" && url.host_str() == Some(registry_host) => {}
                Ok(url) if matches!(url.scheme(), "http" | "https") => {
                    let host = url.host_str().unwrap_or_default();
                    return refuse(&format!("comes from {host}, not from {registry_host}"));
                }
                _ => return refuse(&format!("comes from `{resolved}`")),
            }
        }
        Ok(())
    }
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
    fn only_the_registry_is_a_source() {
        let lock = Lockfile::parse(LOCK).unwrap();
        assert_eq!(lock.check_sources("packages.example"), Ok(()));
        for (resolved, told) in [
            ("https://elsewhere.example/ws.tgz", "comes from elsewhere.example"),
            ("http://packages.example/ws.tgz", "comes from packages.example"),
            ("git+ssh://git@github.com/a/b.git#1", "git+ssh"),
            ("file:../b", "file:../b"),
        ] {
            let text = LOCK.replace("https://packages.example/ws.tgz", resolved);
            let refusal =
                Lockfile::parse(&text).unwrap().check_sources("packages.example").unwrap_err();
            assert_eq!(refusal.code, "fetch-failed");
            assert!(refusal.explanation.contains(told), "{}", refusal.explanation);
        }
    }

    #[test]
    fn an_old_lockfile_is_refused_with_the_remedy() {
        let refusal = Lockfile::parse(r#"{"lockfileVersion":1,"dependencies":{}}"#).unwrap_err();
        assert!(refusal.explanation.contains("npm install"), "{}", refusal.explanation);
    }
}
