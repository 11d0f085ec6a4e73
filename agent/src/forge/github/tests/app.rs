//! An App: who it says that it is, the tokens it is given, and what it lacks.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls::pki_types::PrivatePkcs1KeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use super::project;
use super::server::{Reply, Seen, Server};
use crate::config::GithubConfig;
use crate::forge::{Forge, ForgeError};

fn key(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/forge/github/tests").join(name)
}

fn config(name: &str) -> GithubConfig {
    let private_key_file = Some(key(name));
    GithubConfig { app_id: Some(42), private_key_file, ..GithubConfig::default() }
}

fn all() -> Value {
    json!({"metadata": "read", "contents": "write", "pull_requests": "write", "checks": "write",
           "statuses": "read"})
}

fn bearer(seen: &Seen) -> String {
    let value = seen.headers["authorization"].to_str().unwrap();
    value.strip_prefix("Bearer ").unwrap().to_owned()
}

/// Gives out tokens `t1`, `t2`, … for an hour each, and takes only those that `takes` likes.
fn server(permissions: Value, takes: impl Fn(&str) -> bool + Send + Sync + 'static) -> Server {
    let minted = AtomicUsize::new(0);
    Server::start(move |seen| match seen.line.as_str() {
        "GET /api/v3/app" => Reply::Json(200, json!({"slug": "bugstack"})),
        "GET /api/v3/repos/o/r/installation" => {
            Reply::Json(200, json!({"id": 9, "permissions": permissions}))
        }
        "POST /api/v3/app/installations/9/access_tokens" => {
            let number = minted.fetch_add(1, Ordering::SeqCst) + 1;
            let ends = "2027-01-15T09:00:00Z";
            Reply::Json(201, json!({"token": format!("t{number}"), "expires_at": ends}))
        }
        "GET /api/v3/repos/o/r" if takes(&bearer(seen)) => {
            Reply::Json(200, json!({"private": true, "default_branch": "main"}))
        }
        _ => Reply::Json(401, json!({"message": "Bad credentials"})),
    })
}

#[test]
fn an_app_signs_and_asks_for_one_repository_and_no_more_than_it_needs() {
    for name in ["app.pem", "app8.pem"] {
        let server = server(all(), |token| token == "t1");
        let github = server.forge(&config(name));
        assert!(!github.facts(&project(&server)).unwrap().public);
        let seen = server.seen();
        let jwt = bearer(&seen[0]);
        let (signed, signature) = jwt.rsplit_once('.').unwrap();
        let pair = PrivatePkcs1KeyDer::from_pem_file(key("app.pem")).unwrap();
        let pair = RsaKeyPair::from_der(pair.secret_pkcs1_der()).unwrap();
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref())
            .verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
            .unwrap();
        let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        let now = server.now().as_second();
        assert_eq!(claims, json!({"iat": now - 60, "exp": now + 540, "iss": "42"}));
        assert_eq!(
            seen[1].body,
            json!({"repositories": ["r"], "permissions": {
                "metadata": "read", "contents": "write", "pull_requests": "write",
                "checks": "read", "statuses": "read"
            }})
        );
    }
}

#[test]
fn a_token_is_kept_until_it_is_about_to_end() {
    let server = server(all(), |_| true);
    let github = server.forge(&config("app.pem"));
    let minted = || server.lines().iter().filter(|line| line.starts_with("POST")).count();
    for _ in 0..3 {
        github.facts(&project(&server)).unwrap();
    }
    assert_eq!(minted(), 1);
    server.advance(Duration::from_secs(51 * 60));
    github.facts(&project(&server)).unwrap();
    assert_eq!(minted(), 2);
}

#[test]
fn a_token_that_is_refused_is_replaced_once() {
    let server = server(all(), |token| token == "t2");
    let github = server.forge(&config("app.pem"));
    github.facts(&project(&server)).unwrap();
    let tokens: Vec<String> =
        server.seen().iter().filter(|seen| seen.line.ends_with("/repos/o/r")).map(bearer).collect();
    assert_eq!(tokens, ["t1", "t2"]);

    let server = self::server(all(), |_| false);
    let error = server.forge(&config("app.pem")).facts(&project(&server)).unwrap_err();
    assert!(matches!(error, ForgeError::Denied { .. }), "{error}");
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("POST")).count(), 2);
}

#[test]
fn a_missing_permission_is_named() {
    let given = json!({"metadata": "read", "contents": "read", "checks": "read"});
    let server = server(given, |_| true);
    let github = server.forge(&config("app.pem"));
    let error = github.facts(&project(&server)).unwrap_err().to_string();
    let named = "`contents: write, pull_requests: write, statuses: read`";
    assert!(error.contains(named), "{error}");
    let found = github.examine(&[project(&server).repository]);
    assert_eq!(found[0].seen, "we are bugstack[bot]");
    assert_eq!(found[1].name, "o/r");
    assert_eq!(found[1].seen, "lacks contents: write, pull_requests: write, statuses: read");
    assert!(found[1].remedy.as_ref().unwrap().contains(named));
}

#[test]
fn a_key_that_is_none_is_named_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.pem");
    let config = GithubConfig { private_key_file: Some(file.clone()), ..config("app.pem") };
    let server = Arc::new(Server::start(|_| Reply::Silence));
    let complaint = || {
        let error = crate::forge::Github::new(
            &GithubConfig { url: server.url(), ..config.clone() },
            crate::forge::github::Timer::system(),
        );
        format!("{:#}", error.err().unwrap())
    };
    assert!(complaint().contains(file.to_str().unwrap()));
    std::fs::write(&file, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n")
        .unwrap();
    let said = complaint();
    assert!(said.contains("its RSA key cannot be used") && !said.contains("c2Vj"), "{said}");
}
