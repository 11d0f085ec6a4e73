//! The JSON Web Token by which an App proves who it is: RS256, as RFC 7519 and GitHub have it.

use anyhow::{Context, Result, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::json;

/// GitHub's clock may be behind ours.
const DRIFT: i64 = 60;
/// GitHub takes no token for longer than ten minutes.
const LIFE: i64 = 9 * 60;

/// An App's private key.
pub(super) struct AppKey(RsaKeyPair);

impl AppKey {
    /// Reads a key as GitHub gives it: PEM, PKCS#1 or PKCS#8.
    pub(super) fn from_pem(pem: &[u8]) -> Result<Self> {
        let found = PrivateKeyDer::from_pem_slice(pem)
            .map_err(|_| anyhow!("there is no private key in it; GitHub gives a .pem file"))?;
        let pair = match &found {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            _ => return Err(anyhow!("it holds no RSA key")),
        };
        Ok(Self(pair.map_err(|why| anyhow!("its RSA key cannot be used: {why}"))?))
    }

    /// A token that says, for some minutes, that we are this App.
    pub(super) fn sign(&self, app: u64, now: Timestamp) -> Result<String> {
        let encode = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let now = now.as_second();
        let claims = json!({
            "iat": now - DRIFT, "exp": now + LIFE, "iss": app.to_string(),
        });
        let signed =
            format!("{}.{}", encode(json!({"alg": "RS256", "typ": "JWT"})), encode(claims));
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| anyhow!("ring did not sign"))
            .context("signing as the App")?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
