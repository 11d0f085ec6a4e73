//! For tests: real git behind HTTP, with a token at the door and what can go wrong on the way.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;

use crate::git::{Access, Repository};
use crate::model::Secret;

pub(super) const TOKEN: &str = "ghs_c4n4ry-t0ken";

/// How the server treats a request.
#[derive(Clone)]
pub(super) enum Manner {
    /// Runs git, and before a push whatever the test wants.
    Git,
    /// Answers with this status, and headers.
    Says(u16, Vec<(&'static str, String)>),
    /// Answers as something that is no git server.
    Page,
    /// Accepts, and then says nothing.
    Silent,
    /// Announces an answer and never ends it.
    Endless,
}

type Before = Box<dyn Fn(&Path) + Send + Sync>;

/// A repository with one commit on `main`, served at [`Server::url`].
pub(super) struct Server {
    state: Arc<Inner>,
    address: std::net::SocketAddr,
    _folder: tempfile::TempDir,
}

struct Inner {
    root: PathBuf,
    manner: Manner,
    before_push: Mutex<Option<Before>>,
    seen: Mutex<Vec<String>>,
}

impl Server {
    pub(super) fn start(manner: Manner) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bare = folder.path().join("o/r.git");
        git(folder.path(), &["init", "-q", "--bare", "-b", "main", bare.to_str().unwrap()]);
        git(&bare, &["config", "http.receivepack", "true"]);
        let tree = git(&bare, &["mktree"]);
        let commit = git(&bare, &["commit-tree", &tree, "-m", "first"]);
        git(&bare, &["update-ref", "refs/heads/main", &commit]);
        let state = Arc::new(Inner {
            root: folder.path().to_path_buf(),
            manner,
            before_push: Mutex::new(None),
            seen: Mutex::new(Vec::new()),
        });
        let handle = crate::net::runtime().unwrap();
        let listener = handle.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(state.clone());
        handle.spawn(async move { axum::serve(listener, router).await });
        Self { state, address, _folder: folder }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/o/r.git", self.address)
    }

    pub(super) fn access(&self) -> Access {
        Access::with_token(&self.url(), &Secret::new(TOKEN)).unwrap()
    }

    pub(super) fn bare(&self) -> PathBuf {
        self.state.root.join("o/r.git")
    }

    /// A mirror of it, and the head of its `main`.
    pub(super) fn mirror(&self, folder: &Path) -> (Repository, String) {
        let mirror = Repository::mirror(folder, &self.url(), Some(&self.access())).unwrap();
        let head = mirror.branch_head("main").unwrap();
        (mirror, head)
    }

    /// What happens between our reading of the tips and the server's taking of our push.
    pub(super) fn before_push(&self, before: impl Fn(&Path) + Send + Sync + 'static) {
        *self.state.before_push.lock().unwrap() = Some(Box::new(before));
    }

    /// Method and path of each request so far.
    pub(super) fn seen(&self) -> Vec<String> {
        self.state.seen.lock().unwrap().clone()
    }
}

pub(super) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=t", "-c", "user.email=t@t.invalid"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

async fn answer(State(state): State<Arc<Inner>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    state.seen.lock().unwrap().push(format!("{} {}", parts.method, parts.uri));
    match &state.manner {
        Manner::Git => {}
        Manner::Says(status, headers) => {
            let mut answer = Response::new(Body::from("Not today, \u{1b}[31mfriend"));
            *answer.status_mut() = StatusCode::from_u16(*status).unwrap();
            for (name, value) in headers {
                answer.headers_mut().insert(*name, value.parse().unwrap());
            }
            return answer;
        }
        Manner::Page => return ([("content-type", "text/html")], "<html>").into_response(),
        Manner::Silent => return std::future::pending().await,
        Manner::Endless => {
            let kind = [("content-type", "application/x-git-upload-pack-advertisement")];
            let block = Bytes::from("001e# service=git-upload-pack\n".repeat(2_000));
            let blocks = futures_util::stream::repeat_with(move || Ok::<_, String>(block.clone()));
            return (kind, Body::from_stream(blocks)).into_response();
        }
    }
    if !knows(&parts.headers) {
        return (StatusCode::UNAUTHORIZED, [("www-authenticate", "Basic")]).into_response();
    }
    let body = axum::body::to_bytes(body, 1 << 26).await.unwrap();
    tokio::task::spawn_blocking(move || serve(&state, &parts, &body)).await.unwrap()
}

fn knows(headers: &HeaderMap) -> bool {
    let wanted =
        base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{TOKEN}"));
    let given = headers.get("authorization").and_then(|value| value.to_str().ok());
    given == Some(&format!("Basic {wanted}"))
}

/// CGI, as RFC 3875 has it.
fn serve(state: &Inner, parts: &axum::http::request::Parts, body: &[u8]) -> Response {
    if parts.uri.path().ends_with("/git-receive-pack")
        && let Some(before) = state.before_push.lock().unwrap().as_ref()
    {
        before(&state.root.join("o/r.git"));
    }
    let kind = parts.headers.get("content-type").and_then(|value| value.to_str().ok());
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", &state.root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", parts.uri.path())
        .env("QUERY_STRING", parts.uri.query().unwrap_or_default())
        .env("REQUEST_METHOD", parts.method.as_str())
        .env("CONTENT_TYPE", kind.unwrap_or_default())
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("REMOTE_USER", "somebody")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(body).unwrap();
    let output = child.wait_with_output().unwrap().stdout;
    let end = output.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let mut answer = Response::new(Body::from(output[end + 4..].to_vec()));
    for line in std::str::from_utf8(&output[..end]).unwrap().lines() {
        let (name, value) = line.split_once(": ").unwrap();
        match name {
            "Status" => *answer.status_mut() = value[..3].parse().unwrap(),
            _ => {
                let name: axum::http::HeaderName = name.parse().unwrap();
                answer.headers_mut().insert(name, value.parse().unwrap());
            }
        }
    }
    answer
}
