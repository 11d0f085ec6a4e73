//! A plain client, so that the fake is not judged by the agent's own.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use reqwest::Method;
use serde_json::Value;
use tokio::runtime::Runtime;

/// Asks with one token.
pub(crate) struct Api {
    runtime: Runtime,
    client: reqwest::Client,
    base: String,
    authorization: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
}

impl Api {
    pub(crate) fn new(base: &str, token: Option<&str>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .user_agent("test")
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let authorization = token.map(|token| format!("Bearer {token}"));
        Self { runtime, client, base: base.to_owned(), authorization }
    }

    pub(crate) fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Reply> {
        self.send_within(Duration::from_secs(20), method, path, headers, body)
    }

    pub(crate) fn send_within(
        &self,
        deadline: Duration,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Reply> {
        let path =
            if path.starts_with("/api/") { path.to_owned() } else { format!("/api/v3{path}") };
        let mut request =
            self.client.request(method, format!("{}{path}", self.base)).timeout(deadline);
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        self.runtime.block_on(async {
            let response = request.send().await?;
            let status = response.status().as_u16();
            let headers = response
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect();
            let bytes = response.bytes().await?;
            let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes)? };
            Ok(Reply { status, headers, body })
        })
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], None).unwrap()
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, &[], Some(body)).unwrap()
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::PATCH, path, &[], Some(body)).unwrap()
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::PUT, path, &[], Some(body)).unwrap()
    }

    pub(crate) fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, &[], None).unwrap()
    }

    pub(crate) fn graphql(&self, query: &str, variables: &Value) -> Reply {
        let body = serde_json::json!({ "query": query, "variables": variables });
        self.post("/api/graphql", &body)
    }
}

impl Reply {
    /// Status and first sentence.
    pub(crate) fn says(&self) -> (u16, String) {
        let body = &self.body;
        let error = &body["errors"][0];
        let detail = error["message"].as_str().or(error.as_str());
        let field = error["field"]
            .as_str()
            .map(|field| format!("{field} {}", error["code"].as_str().unwrap_or_default()));
        let words = detail.map(str::to_owned).or(field);
        (self.status, words.unwrap_or_else(|| body["message"].as_str().unwrap_or("").to_owned()))
    }
}
