//! Apps: their own tokens, their installations' tokens, and what ends them.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bugstack_tests::github::{AppKey, GitHub};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

use crate::api::Api;

fn jwt(key: &AppKey, claims: &Value) -> String {
    let pem: String = key.private_key.lines().filter(|line| !line.starts_with('-')).collect();
    let key = RsaKeyPair::from_der(&STANDARD.decode(pem).unwrap()).unwrap();
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", encode(&json!({ "alg": "RS256", "typ": "JWT" })), encode(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn good(github: &GitHub, key: &AppKey) -> String {
    let now = github.clock().now().as_second();
    jwt(key, &json!({ "iat": now - 60, "exp": now + 540, "iss": key.id.to_string() }))
}

#[test]
fn an_app_proves_itself_with_its_key() {
    let github = GitHub::start().unwrap();
    let key = github.app("autofix", &[("contents", "write")]).unwrap();
    let now = github.clock().now().as_second();
    let ask = |token: &str| Api::new(github.url(), Some(token)).get("/app");
    let reply = ask(&good(&github, &key));
    assert_eq!((reply.status, &reply.body["slug"]), (200, &json!("autofix")));
    for (claims, words) in [
        (json!({ "iat": now + 120, "exp": now + 500, "iss": key.id }), "'Issued at'"),
        (json!({ "iat": now - 60, "exp": now - 1, "iss": key.id }), "must be a numeric value"),
        (json!({ "iat": now - 60, "exp": now + 1200, "iss": key.id }), "too far in the future"),
        (json!({ "iat": now - 60, "exp": now + 500, "iss": "77" }), "Integration not found"),
    ] {
        let (status, said) = ask(&jwt(&key, &claims)).says();
        assert!((status == 401 || status == 404) && said.contains(words), "{status} {said}");
    }
    let (head, signature) =
        good(&github, &key).rsplit_once('.').map(|(a, b)| (a.to_owned(), b.len())).unwrap();
    let forged = format!("{head}.{}", "A".repeat(signature));
    assert_eq!(ask(&forged).says(), (401, "A JSON web token could not be decoded".into()));
    github.finish().unwrap();
}

#[test]
fn an_installation_token_is_scoped_and_ends() {
    let github = GitHub::start().unwrap();
    for name in ["ann/app", "ann/other", "ann/third"] {
        let repo = github.create(name, &[("a.txt", "a\n")]).unwrap();
        repo.make_private().unwrap();
        repo.push("ann", "fix", &[("a.txt", "b\n")], "fix").unwrap();
    }
    let permissions = [("contents", "write"), ("pull_requests", "write"), ("checks", "read")];
    let key = github.app("autofix", &permissions).unwrap();
    let id = github.install(&key, &["ann/app", "ann/other"]).unwrap();
    let app = Api::new(github.url(), Some(&good(&github, &key)));
    assert_eq!(app.get("/repos/ann/app/installation").body["id"], id);
    assert_eq!(app.get("/repos/ann/third/installation").status, 404);
    assert_eq!(app.get("/repos/ann/app").status, 401, "an app's own token is for apps' calls only");

    let path = format!("/app/installations/{id}/access_tokens");
    let refused = |body: &Value| app.post(&path, body).says().1;
    assert!(refused(&json!({ "repositories": ["third"] })).contains("at least one repository"));
    assert!(refused(&json!({ "permissions": { "checks": "write" } })).contains("not granted"));
    let wanted = json!({
        "repositories": ["app"],
        "permissions": { "contents": "write", "pull_requests": "read" },
    });
    let made = app.post(&path, &wanted);
    assert_eq!((made.status, &made.body["permissions"]["metadata"]), (201, &json!("read")));
    assert_eq!(made.body["repositories"][0]["full_name"], "ann/app");

    let token = made.body["token"].as_str().unwrap();
    let bot = Api::new(github.url(), Some(token));
    assert_eq!(bot.get("/repos/ann/app").status, 200);
    assert_eq!(bot.get("/repos/ann/other").status, 404);
    assert_eq!(bot.get("/user").says(), (403, "Resource not accessible by integration".into()));
    let pull = json!({ "title": "t", "head": "fix", "base": "main" });
    let denied = bot.post("/repos/ann/app/pulls", &pull);
    assert_eq!(denied.says(), (403, "Resource not accessible by integration".into()));

    let whole = app.post(&path, &json!({})).body;
    let bot = Api::new(github.url(), whole["token"].as_str());
    let opened = bot.post("/repos/ann/app/pulls", &pull).body;
    assert_eq!(
        (&opened["user"]["login"], &opened["user"]["type"]),
        (&json!("autofix[bot]"), &json!("Bot"))
    );

    github.clock().advance(Duration::from_secs(3600));
    assert_eq!(bot.get("/repos/ann/app").says(), (401, "Bad credentials".into()));
    let renewed = Api::new(github.url(), Some(&good(&github, &key))).post(&path, &json!({})).body;
    assert_eq!(Api::new(github.url(), renewed["token"].as_str()).get("/repos/ann/app").status, 200);
    github.finish().unwrap();
}
