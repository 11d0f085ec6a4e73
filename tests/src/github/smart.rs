//! Git over HTTP: `git http-backend` behind GitHub's rules about who may push what.

use std::process::Stdio;

use anyhow::{Context, Result};
use axum::http::HeaderMap;

use super::answer::Answer;
use super::auth::{Needs, Who};
use super::git::{ZERO, feed};
use super::model::{Level, Role, Token, TokenKind, World};

/// What a git request answers.
#[derive(Debug, Default)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// A git request, taken apart.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    /// `owner/name`.
    pub(super) name: &'a str,
    /// What comes after `.git/`.
    pub(super) rest: &'a str,
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

/// A reference that a push wants to move.
#[derive(Debug, PartialEq, Eq)]
struct Command {
    old: String,
    new: String,
    reference: String,
}

const FETCH: Needs =
    Needs { permissions: &[("contents", Level::Read)], role: Role::Read, strangers: true };
const PUSH: Needs =
    Needs { permissions: &[("contents", Level::Write)], role: Role::Write, strangers: false };

impl Asked<'_> {
    /// `git/upload-pack`, `git/receive-pack`, or one of them with `/info`.
    pub(super) fn operation(&self) -> String {
        let service = self.query.strip_prefix("service=git-");
        match (self.rest, service) {
            ("info/refs", Some(service)) => format!("git/{service}/info"),
            (rest, _) => rest.replacen("git-", "git/", 1),
        }
    }

    fn pushes(&self) -> bool {
        self.operation().starts_with("git/receive-pack")
    }
}

impl World {
    /// Answers a git client.
    pub(super) fn git(&mut self, asked: &Asked<'_>) -> (Who, Reply) {
        let header = asked.headers.get("authorization").and_then(|value| value.to_str().ok());
        let who = match self.authenticate(header) {
            Ok(who) => who,
            Err(_) => return (Who::Nobody, challenge("Invalid username or token.")),
        };
        let needs = if asked.pushes() { PUSH } else { FETCH };
        let reply = match self.permit(&who, asked.name, &needs) {
            Ok(()) => self.serve_git(asked, &who).unwrap_or_else(|error| {
                self.violations.push(format!("the fake: git: {error:#}"));
                text(500, &format!("{error:#}"))
            }),
            Err(_) if matches!(who, Who::Nobody) => challenge("No anonymous write access."),
            Err(Answer { status: 404, .. }) => text(404, "Repository not found."),
            Err(_) => text(403, "Write access to repository not granted."),
        };
        (who, reply)
    }

    fn serve_git(&mut self, asked: &Asked<'_>, who: &Who) -> Result<Reply> {
        if asked.operation() != "git/receive-pack" {
            return self.backend(asked);
        }
        let git = self.repository(asked.name)?.git.clone();
        let (commands, capabilities) = commands(asked.body);
        let refused = commands.iter().find_map(|command| {
            let why = self.refused_push(asked.name, command)?;
            Some((command.reference.clone(), why))
        });
        if let Some((reference, why)) = refused {
            return Ok(report(&commands, &capabilities, &reference, &why));
        }
        let before = git.references("refs/heads/")?;
        let reply = self.backend(asked)?;
        let after = git.references("refs/heads/")?;
        for command in &commands {
            let find = |list: &[(String, String)]| {
                list.iter().find(|(name, _)| *name == command.reference).map(|(_, id)| id.clone())
            };
            let (old, new) = (find(&before), find(&after));
            if old == new {
                continue;
            }
            if let (Who::Token(token), Some(new)) = (who, &new)
                && let Some(why) = self.refused_content(asked.name, token, old.as_deref(), new)?
            {
                git.point(&command.reference, old.as_deref().unwrap_or(ZERO))?;
                return Ok(report(&commands, &capabilities, &command.reference, &why));
            }
            if let Some(branch) = command.reference.strip_prefix("refs/heads/") {
                self.moved(asked.name, &who.name(), branch, old.as_deref(), new.as_deref())?;
            }
        }
        Ok(reply)
    }

    fn refused_push(&self, name: &str, command: &Command) -> Option<String> {
        if command.reference.starts_with("refs/pull/") {
            return Some("deny updating a hidden ref".to_owned());
        }
        let branch = command.reference.strip_prefix("refs/heads/")?;
        let repository = self.repositories.get(name)?;
        if command.new == ZERO && branch == repository.default_branch {
            return Some("refusing to delete the current branch".to_owned());
        }
        repository.protections.contains_key(branch).then(|| "protected branch hook declined".into())
    }

    /// A token without `workflows` cannot bring or change a workflow.
    fn refused_content(
        &self,
        name: &str,
        token: &Token,
        old: Option<&str>,
        new: &str,
    ) -> Result<Option<String>> {
        let may = token.permissions.as_ref().is_none_or(|all| all.contains_key("workflows"));
        if may {
            return Ok(None);
        }
        let repository = self.repository(name)?;
        let base = repository.git.head(&repository.default_branch);
        let Some(base) = old.map(str::to_owned).or(base) else { return Ok(None) };
        let list = ["diff", "--name-only", &base, new, "--", ".github/workflows"];
        let changed = repository.git.run(&list)?;
        let what = match token.kind {
            TokenKind::Installation(_) => "GitHub App",
            _ => "Personal Access Token",
        };
        Ok(changed.lines().next().map(|path| {
            format!(
                "refusing to allow a {what} to create or update workflow `{path}` without `workflows` permission"
            )
        }))
    }

    fn backend(&self, asked: &Asked<'_>) -> Result<Reply> {
        let git = &self.repository(asked.name)?.git;
        let header = |name: &str| asked.headers.get(name).and_then(|value| value.to_str().ok());
        let mut command = git.command();
        command
            .arg("http-backend")
            .env("GIT_PROJECT_ROOT", git.folder())
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("PATH_INFO", format!("/{}", asked.rest))
            .env("REQUEST_METHOD", asked.method)
            .env("QUERY_STRING", asked.query)
            .env("REMOTE_USER", "somebody")
            .env("CONTENT_LENGTH", asked.body.len().to_string())
            .env("CONTENT_TYPE", header("content-type").unwrap_or_default())
            .stderr(Stdio::piped());
        if let Some(encoding) = header("content-encoding") {
            command.env("HTTP_CONTENT_ENCODING", encoding);
        }
        if let Some(protocol) = header("git-protocol") {
            command.env("GIT_PROTOCOL", protocol);
        }
        let output = feed(command, asked.body)?;
        let end =
            output.windows(4).position(|four| four == b"\r\n\r\n").context("no CGI header")?;
        let (head, body) = output.split_at(end);
        let mut reply = Reply { status: 200, headers: Vec::new(), body: body[4..].to_vec() };
        for line in String::from_utf8_lossy(head).lines() {
            match line.split_once(": ") {
                Some(("Status", status)) => {
                    let number = status.split(' ').next().unwrap_or_default();
                    reply.status = number.parse().context("CGI status")?;
                }
                Some((name, value)) => reply.headers.push((name.to_owned(), value.to_owned())),
                None => {}
            }
        }
        Ok(reply)
    }
}

fn text(status: u16, words: &str) -> Reply {
    let headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
    Reply { status, headers, body: words.as_bytes().to_vec() }
}

fn challenge(words: &str) -> Reply {
    let mut reply = text(401, words);
    reply.headers.push(("www-authenticate".to_owned(), "Basic realm=\"GitHub\"".to_owned()));
    reply
}

/// The commands at the front of a push, and the client's capabilities.
fn commands(body: &[u8]) -> (Vec<Command>, String) {
    let (mut found, mut capabilities) = (Vec::new(), String::new());
    let mut rest = body;
    while let Some((head, tail)) = rest.split_at_checked(4) {
        let length = std::str::from_utf8(head).ok();
        let length = length.and_then(|head| usize::from_str_radix(head, 16).ok()).unwrap_or(0);
        let Some((line, tail)) =
            length.checked_sub(4).and_then(|length| tail.split_at_checked(length))
        else {
            break;
        };
        rest = tail;
        let line = String::from_utf8_lossy(line);
        let (line, more) = line.split_once('\0').unwrap_or((&line, ""));
        capabilities.push_str(more);
        let mut words = line.trim_end().splitn(3, ' ').map(str::to_owned);
        if let (Some(old), Some(new), Some(reference)) = (words.next(), words.next(), words.next())
        {
            found.push(Command { old, new, reference });
        }
    }
    (found, capabilities)
}

/// The report of a push that is refused whole.
fn report(commands: &[Command], capabilities: &str, culprit: &str, why: &str) -> Reply {
    let mut lines = packet(b"unpack ok\n");
    for command in commands {
        let why = if command.reference == culprit { why } else { "atomic push failed" };
        lines.extend(packet(format!("ng {} {why}\n", command.reference).as_bytes()));
    }
    lines.extend(b"0000");
    let body = if capabilities.contains("side-band-64k") {
        let talk = [b"\x02".as_slice(), format!("error: {why}\n").as_bytes()].concat();
        let band = [b"\x01".as_slice(), &lines].concat();
        [packet(&talk), packet(&band), b"0000".to_vec()].concat()
    } else {
        lines
    };
    let kind = "application/x-git-receive-pack-result";
    Reply { status: 200, headers: vec![("content-type".to_owned(), kind.to_owned())], body }
}

fn packet(content: &[u8]) -> Vec<u8> {
    [format!("{:04x}", content.len() + 4).as_bytes(), content].concat()
}
