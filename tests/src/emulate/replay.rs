//! Gives the emulator what was pushed: every blob, tree, commit and branch, through its API.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use super::proxy::Proxy;
use crate::github::{Commit, Git};

impl Proxy {
    /// Makes the emulator's branches those of our git.
    pub(super) async fn replay(&self, name: &str) -> Result<()> {
        let git = self.git.repo(name).git()?;
        let heads = git.references("refs/heads/")?;
        for (reference, sha) in &heads {
            for commit in git.run(&["rev-list", "--reverse", "--topo-order", sha])?.lines() {
                self.give_commit(name, &git, &git.commit(commit)?).await?;
            }
            let branch = reference.trim_start_matches("refs/");
            let moved = json!({ "sha": sha, "force": true });
            let patch = format!("/repos/{name}/git/refs/{branch}");
            if self.ask(Method::PATCH, &patch, &moved).await?.0 != 200 {
                let made = json!({ "ref": reference, "sha": sha });
                let (status, said) =
                    self.ask(Method::POST, &format!("/repos/{name}/git/refs"), &made).await?;
                ensure!(status == 201, "{reference}: {status} {said}");
            }
        }
        self.drop_gone(name, &heads.into_iter().map(|(reference, _)| reference).collect()).await
    }

    async fn drop_gone(&self, name: &str, heads: &BTreeSet<String>) -> Result<()> {
        let path = format!("/repos/{name}/branches?per_page=100");
        let (_, branches) = self.ask(Method::GET, &path, &Value::Null).await?;
        for branch in branches.as_array().into_iter().flatten() {
            let branch = branch["name"].as_str().unwrap_or_default();
            if !heads.contains(&format!("refs/heads/{branch}")) {
                let gone = format!("/repos/{name}/git/refs/heads/{branch}");
                self.ask(Method::DELETE, &gone, &Value::Null).await?;
            }
        }
        Ok(())
    }

    async fn give_commit(&self, name: &str, git: &Git, commit: &Commit) -> Result<()> {
        let known = format!("/repos/{name}/git/commits/{}", commit.sha);
        if self.ask(Method::GET, &known, &Value::Null).await?.0 == 200 {
            return Ok(());
        }
        let mut entries = Vec::new();
        for line in git.run(&["ls-tree", "-r", &commit.tree])?.lines() {
            let (facts, path) = line.split_once('\t').context("git ls-tree")?;
            let mut facts = facts.split(' ');
            let (mode, kind) = (facts.next(), facts.next());
            let content = git.read(&commit.sha, path).with_context(|| path.to_owned())?;
            let blob = json!({ "content": STANDARD.encode(content), "encoding": "base64" });
            let sha = self.make(name, "blobs", &blob).await?;
            entries.push(json!({ "path": path, "mode": mode, "type": kind, "sha": sha }));
        }
        let tree = self.make(name, "trees", &json!({ "tree": entries })).await?;
        ensure!(tree == commit.tree, "the emulator made the tree {tree} of {}", commit.tree);
        let who = |who: &crate::github::Signature| json!({ "name": who.name, "email": who.email, "date": who.at.to_string() });
        let made = json!({
            "message": format!("{}\n", commit.message),
            "tree": tree,
            "parents": commit.parents,
            "author": who(&commit.author),
            "committer": who(&commit.committer),
        });
        let sha = self.make(name, "commits", &made).await?;
        ensure!(sha == commit.sha, "the emulator made the commit {sha} of {}", commit.sha);
        Ok(())
    }

    async fn make(&self, name: &str, what: &str, body: &Value) -> Result<String> {
        let path = format!("/repos/{name}/git/{what}");
        let (status, said) = self.ask(Method::POST, &path, body).await?;
        ensure!(status == 201, "{what}: {status} {said}");
        Ok(said["sha"].as_str().context("no sha")?.to_owned())
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> Result<(u16, Value)> {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.emulator))
            .header("user-agent", "replay")
            .bearer_auth(&self.token);
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        Ok((status, serde_json::from_slice(&answer.bytes().await?).unwrap_or_default()))
    }
}
