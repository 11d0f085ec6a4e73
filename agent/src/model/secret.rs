//! A text that no log, error or page may show.

use std::fmt;

use serde::Deserialize;

/// A token, a key, a password: its value is read with [`Secret::reveal`] and in no other way.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Given")]
pub struct Secret(String);

/// Serde's own complaint about a value of another kind would show the value.
#[derive(Deserialize)]
#[serde(untagged)]
enum Given {
    Text(String),
    Other(serde::de::IgnoredAny),
}

impl TryFrom<Given> for Secret {
    type Error = &'static str;

    fn try_from(given: Given) -> Result<Self, Self::Error> {
        match given {
            Given::Text(text) => Ok(Self(text)),
            Given::Other(_) => Err("a secret is a text, in quotes"),
        }
    }
}

impl Secret {
    /// Takes the secret in.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
