//! Project keys: shown once, kept as a hash.

use std::fmt;

use rand::TryRng;
use sha2::{Digest, Sha256};

/// Bytes of randomness in a key: 192 bits cannot be guessed.
const RANDOM_BYTES: usize = 24;

/// A project's secret. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ProjectKey(String);

/// SHA-256 of a key. Looking a key up by its hash takes the same time for every wrong guess,
/// because a guess says nothing about the bytes of its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash(pub [u8; 32]);

impl ProjectKey {
    /// A new key from the system's randomness: `bs_` and 48 hex digits.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn generate() -> Result<Self, rand::rngs::SysError> {
        let mut bytes = [0; RANDOM_BYTES];
        rand::rngs::SysRng.try_fill_bytes(&mut bytes)?;
        Ok(Self(format!("bs_{}", hex::encode(bytes))))
    }

    /// A key that someone else chose or sent.
    pub fn presented(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The key itself, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the store keeps.
    pub fn hash(&self) -> KeyHash {
        KeyHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for ProjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProjectKey(…)")
    }
}
