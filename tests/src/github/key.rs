//! An RSA key for apps, made once a process: no private key lies in the repository.

use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, ensure};

/// Both halves of a key.
#[derive(Debug)]
pub(super) struct Pair {
    /// PKCS#1 PEM.
    pub(super) private: String,
    /// PKCS#1 DER.
    pub(super) public: Vec<u8>,
}

const PROGRAM: &str = "const { generateKeyPairSync } = require('node:crypto');
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
console.log(publicKey.export({ type: 'pkcs1', format: 'der' }).toString('hex'));
console.log(privateKey.export({ type: 'pkcs1', format: 'pem' }));";

/// The key of every app of this process.
pub(super) fn pair() -> Result<&'static Pair> {
    static PAIR: OnceLock<Result<Pair, String>> = OnceLock::new();
    let pair = PAIR.get_or_init(|| generate().map_err(|error| format!("{error:#}")));
    pair.as_ref().map_err(|why| anyhow!("no key for an app: {why}"))
}

fn generate() -> Result<Pair> {
    let output = Command::new("node").args(["-e", PROGRAM]).output().context("node is needed")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let (public, private) = text.split_once('\n').context("node printed one line")?;
    Ok(Pair { private: format!("{}\n", private.trim()), public: hex::decode(public)? })
}
