//! Who asks, and what they may: app tokens, installation tokens, people's tokens.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;

use super::answer::Answer;
use super::model::{Level, Repository, Role, Token, TokenKind, World};

/// How long an app's own token may live, in seconds.
const JWT_LIFE: i64 = 600;

/// Who asks.
#[derive(Debug, Clone, Default)]
pub enum Who {
    /// Nobody we know.
    #[default]
    Nobody,
    /// An app itself, by its signed token.
    App(u64),
    /// Somebody with a token.
    Token(Token),
}

/// What a call needs.
#[derive(Debug, Clone, Copy)]
pub struct Needs {
    /// One of these permissions of a token.
    pub permissions: &'static [(&'static str, Level)],
    /// The role of a person.
    pub role: Role,
    /// Whether strangers may ask about a public repository.
    pub strangers: bool,
}

impl Who {
    /// A login, `app/<id>`, or nothing.
    pub fn name(&self) -> String {
        match self {
            Self::Nobody => String::new(),
            Self::App(id) => format!("app/{id}"),
            Self::Token(token) => token.login.clone(),
        }
    }
}

impl World {
    /// Reads `Authorization`: `Bearer`, `token`, or `Basic` with the token as password.
    pub fn authenticate(&self, header: Option<&str>) -> Result<Who, Answer> {
        let Some(header) = header else { return Ok(Who::Nobody) };
        let (scheme, value) = header.split_once(' ').unwrap_or((header, ""));
        let value = value.trim();
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" | "token" if value.matches('.').count() == 2 => self.app(value),
            "bearer" | "token" => self.token(value),
            "basic" => {
                let text =
                    STANDARD.decode(value).ok().and_then(|text| String::from_utf8(text).ok());
                let text = text.ok_or_else(bad_credentials)?;
                let (_, secret) = text.split_once(':').ok_or_else(bad_credentials)?;
                self.token(secret)
            }
            _ => Err(bad_credentials()),
        }
    }

    fn token(&self, secret: &str) -> Result<Who, Answer> {
        let token = self.tokens.get(secret).ok_or_else(bad_credentials)?;
        if token.expires_at.is_some_and(|end| end <= self.clock.now()) {
            return Err(bad_credentials());
        }
        if let TokenKind::Installation(id) = token.kind {
            let installation = self.installations.iter().find(|one| one.id == id);
            match installation {
                None => return Err(bad_credentials()),
                Some(installation) if installation.suspended => {
                    return Err(Answer::error(403, "This installation has been suspended"));
                }
                Some(_) => {}
            }
        }
        Ok(Who::Token(token.clone()))
    }

    fn app(&self, jwt: &str) -> Result<Who, Answer> {
        let undecodable = || Answer::error(401, "A JSON web token could not be decoded");
        let mut parts = jwt.split('.');
        let (header, claims, signature) =
            (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let read = |part: &str| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        let values = read(header).zip(read(claims)).ok_or_else(undecodable)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| undecodable())?;
        if values.0["alg"] != "RS256" {
            return Err(undecodable());
        }
        let issuer = match &values.1["iss"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let app = self
            .apps
            .iter()
            .find(|app| app.id.to_string() == issuer)
            .ok_or_else(|| Answer::error(404, "Integration not found"))?;
        let signed = format!("{header}.{claims}");
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &app.public_key)
            .verify(signed.as_bytes(), &signature)
            .map_err(|_| undecodable())?;
        self.check_times(&values.1)?;
        Ok(Who::App(app.id))
    }

    fn check_times(&self, claims: &Value) -> Result<(), Answer> {
        let now = self.clock.now().as_second();
        let refuse = |words: &str| Err(Answer::error(401, words));
        let Some(issued) = claims["iat"].as_i64().filter(|issued| *issued <= now + 1) else {
            return refuse(
                "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
            );
        };
        let Some(end) = claims["exp"].as_i64().filter(|end| *end > now && *end > issued) else {
            return refuse(
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
            );
        };
        if end > now + JWT_LIFE {
            return refuse("'Expiration time' claim ('exp') is too far in the future");
        }
        Ok(())
    }

    /// Whether somebody may do this in a repository.
    pub fn permit(&self, who: &Who, name: &str, needs: &Needs) -> Result<(), Answer> {
        let repository = self.repositories.get(name).ok_or_else(Answer::not_found)?;
        let writes = needs.role > Role::Read
            || needs.permissions.iter().any(|(_, level)| *level > Level::Read);
        let token = match who {
            Who::App(_) => return Err(bad_credentials()),
            Who::Nobody if repository.private => return Err(Answer::not_found()),
            Who::Nobody if needs.strangers && !writes => return Ok(()),
            Who::Nobody => return Err(Answer::error(401, "Requires authentication")),
            Who::Token(token) => token,
        };
        if !sees(repository, token) {
            return Err(Answer::not_found());
        }
        if !holds(repository, token, needs) {
            return Err(forbidden(token));
        }
        if writes && repository.archived {
            return Err(Answer::error(403, "Repository was archived so is read-only."));
        }
        Ok(())
    }
}

/// Whether a token shows a repository at all.
pub(super) fn sees(repository: &Repository, token: &Token) -> bool {
    let name = repository.full_name();
    let covered = token.repositories.as_ref().is_none_or(|names| names.contains(&name));
    let person =
        matches!(token.kind, TokenKind::Installation(_)) || repository.role(&token.login).is_some();
    !repository.private || (covered && person)
}

/// What a token may in a repository, as a role: an app has none, only its permissions.
pub(super) fn effective_role(repository: &Repository, token: &Token) -> Option<Role> {
    let TokenKind::Installation(_) = token.kind else { return repository.role(&token.login) };
    let covered =
        token.repositories.as_ref().is_none_or(|names| names.contains(&repository.full_name()));
    let writes = token.permissions.as_ref().and_then(|all| all.get("contents"));
    let writes = covered && writes.is_some_and(|level| *level >= Level::Write);
    Some(if writes { Role::Write } else { Role::Read })
}

fn holds(repository: &Repository, token: &Token, needs: &Needs) -> bool {
    let name = repository.full_name();
    let covered = token.repositories.as_ref().is_none_or(|names| names.contains(&name));
    let installed = matches!(token.kind, TokenKind::Installation(_));
    let role = installed || repository.role(&token.login).is_some_and(|role| role >= needs.role);
    let open = !repository.private && needs.strangers;
    let granted = needs.permissions.iter().any(|(permission, level)| {
        let granted = token.permissions.as_ref().is_none_or(|all| {
            *permission == "metadata" || all.get(*permission).is_some_and(|has| has >= level)
        });
        (covered && granted) || (open && *level == Level::Read)
    });
    role && granted
}

fn forbidden(token: &Token) -> Answer {
    let words = match token.kind {
        TokenKind::Installation(_) => "Resource not accessible by integration",
        TokenKind::FineGrained => "Resource not accessible by personal access token",
        TokenKind::Classic => "Must have push access to the repository.",
    };
    Answer::error(403, words)
}

/// 401 as GitHub says it.
pub(super) fn bad_credentials() -> Answer {
    Answer::error(401, "Bad credentials")
}
