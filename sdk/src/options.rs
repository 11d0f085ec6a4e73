//! What the host says about itself, and where to report.

use std::time::Duration;

/// Where to report, and what this process is. What is `None` is read from the environment.
#[derive(Debug, Clone)]
pub struct Options {
    /// The project's key, or `BUGSTACK_API_KEY`. Without one nothing is captured.
    pub api_key: Option<String>,
    /// The agent's address, or `BUGSTACK_ENDPOINT`, or `http://127.0.0.1:7717`.
    pub endpoint: Option<String>,
    /// The deployed version, or `BUGSTACK_RELEASE`: a commit, or a name that contains one.
    pub release: Option<String>,
    /// `production`, `staging`, …, or `BUGSTACK_ENVIRONMENT`.
    pub environment: Option<String>,
    /// How long the guard waits for the queue when it is dropped. Two seconds.
    pub shutdown_timeout: Duration,
    /// How many events wait to be sent at most; more are dropped and counted. 100.
    pub queue: usize,
    /// How often the agent is told how much the service does. A minute.
    pub pulse_interval: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            api_key: None,
            endpoint: None,
            release: None,
            environment: None,
            shutdown_timeout: Duration::from_secs(2),
            queue: 100,
            pulse_interval: Duration::from_secs(60),
        }
    }
}

/// Options with the environment read in.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) api_key: String,
    pub(crate) endpoint: String,
    pub(crate) release: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) shutdown_timeout: Duration,
    pub(crate) queue: usize,
    pub(crate) pulse_interval: Duration,
}

impl Options {
    /// Nothing without a key.
    pub(crate) fn settings(self) -> Option<Settings> {
        let endpoint = stated(self.endpoint, "BUGSTACK_ENDPOINT");
        Some(Settings {
            api_key: stated(self.api_key, "BUGSTACK_API_KEY")?,
            endpoint: endpoint.unwrap_or_else(|| "http://127.0.0.1:7717".to_owned()),
            release: stated(self.release, "BUGSTACK_RELEASE"),
            environment: stated(self.environment, "BUGSTACK_ENVIRONMENT"),
            shutdown_timeout: self.shutdown_timeout,
            queue: self.queue.clamp(1, 10_000),
            // A second at least, so that a mistake does not become a flood.
            pulse_interval: self.pulse_interval.max(Duration::from_secs(1)),
        })
    }
}

fn stated(option: Option<String>, variable: &str) -> Option<String> {
    let text = option.or_else(|| std::env::var(variable).ok())?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
