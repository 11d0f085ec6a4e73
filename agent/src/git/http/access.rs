//! Where a remote is and what it knows us by. The token leaves in a header, to this host only.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use reqwest::header::HeaderValue;

use super::Failure;
use crate::model::Secret;
use crate::net;

/// A remote's address, and perhaps what opens it.
#[derive(Clone)]
pub struct Access {
    url: Url,
    authorization: Option<HeaderValue>,
}

impl Access {
    /// A remote that everybody may read.
    ///
    /// # Errors
    /// For a URL that is not `https` (or `http` on this machine), or that holds a password.
    pub fn public(url: &str) -> Result<Self, Failure> {
        let url = Url::parse(url)
            .map_err(|_| Failure::Local("the repository's URL is unreadable".into()))?;
        let place = place(&url);
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Failure::Local(format!(
                "the URL of the repository at {place} holds a password: take it out of the URL"
            )));
        }
        if url.scheme() != "https" && !(url.scheme() == "http" && net::is_loopback(&url)) {
            return Err(Failure::Local(format!(
                "{place} is not https://, and plain http:// is for this machine only"
            )));
        }
        Ok(Self { url, authorization: None })
    }

    /// A remote that a forge's token opens.
    ///
    /// # Errors
    /// As [`Access::public`].
    pub fn with_token(url: &str, token: &Secret) -> Result<Self, Failure> {
        let basic = STANDARD.encode(format!("x-access-token:{}", token.reveal()));
        let mut header = HeaderValue::try_from(format!("Basic {basic}"))
            .map_err(|_| Failure::Local("the token has characters that no header takes".into()))?;
        header.set_sensitive(true);
        Ok(Self { authorization: Some(header), ..Self::public(url)? })
    }

    /// Where the remote is.
    pub(in crate::git) fn url(&self) -> &Url {
        &self.url
    }

    /// What to send with a request to `url`: nothing where that is another host.
    pub(super) fn authorization(&self, url: &Url) -> Option<HeaderValue> {
        self.authorization.clone().filter(|_| url.origin() == self.url.origin())
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("url", &place(&self.url))
            .field("authorization", &self.authorization.is_some())
            .finish()
    }
}

/// A URL as it may be shown: scheme, host and path.
pub(super) fn place(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}
