//! Where settings come from: the file, the environment, the flags; later ones win.

use std::path::Path;

use toml::{Table, Value};

use super::check::wrong;
use super::{ConfigError, Flags};

/// Environment variables and the keys that they set. Those of the SDK, which an operator may have
/// set for the agent's own errors, are none of them.
const VARIABLES: [(&str, &str); 24] = [
    ("BUGSTACK_LISTEN", "listen"),
    ("BUGSTACK_DATA_DIR", "data_dir"),
    ("BUGSTACK_BASE_URL", "base_url"),
    ("BUGSTACK_LIMITS_BODY_BYTES", "limits.body_bytes"),
    ("BUGSTACK_LIMITS_IN_FLIGHT", "limits.in_flight"),
    ("BUGSTACK_LIMITS_WORKERS", "limits.workers"),
    ("BUGSTACK_LIMITS_RETENTION_DAYS", "limits.retention_days"),
    ("BUGSTACK_SANDBOX_ACCEPT_NO_LANDLOCK", "sandbox.accept_no_landlock"),
    ("BUGSTACK_SANDBOX_MEMORY_MIB", "sandbox.memory_mib"),
    ("BUGSTACK_SANDBOX_DISK_MIB", "sandbox.disk_mib"),
    ("BUGSTACK_SANDBOX_PROCESSES", "sandbox.processes"),
    ("BUGSTACK_SANDBOX_INSTALL_SECONDS", "sandbox.install_seconds"),
    ("BUGSTACK_SANDBOX_TEST_SECONDS", "sandbox.test_seconds"),
    ("BUGSTACK_GITHUB_URL", "github.url"),
    ("BUGSTACK_GITHUB_TOKEN", "github.token"),
    ("BUGSTACK_GITHUB_APP_ID", "github.app_id"),
    ("BUGSTACK_GITHUB_PRIVATE_KEY_FILE", "github.private_key_file"),
    ("BUGSTACK_GITHUB_WEBHOOK_SECRET", "github.webhook_secret"),
    ("BUGSTACK_GITHUB_VERIFIED_COMMITS", "github.verified_commits"),
    ("BUGSTACK_PROPOSALS_PER_HOUR", "proposals.per_hour"),
    ("BUGSTACK_PROPOSALS_OPEN_PER_REPOSITORY", "proposals.open_per_repository"),
    ("BUGSTACK_PROPOSALS_MERGE", "proposals.merge"),
    ("BUGSTACK_PROPOSALS_LEAST_RECORD", "proposals.least_record"),
    ("BUGSTACK_PROPOSALS_DETAILS", "proposals.details"),
];

/// Keys of sections whose values are texts, whatever they look like.
const TEXTS: [&str; 6] = [
    "github.url",
    "github.token",
    "github.private_key_file",
    "github.webhook_secret",
    "proposals.merge",
    "proposals.details",
];

/// Everything that was set, as one table.
pub(super) fn table(
    flags: &Flags,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Table, ConfigError> {
    let mut table = file(flags.config.as_deref())?;
    for (name, value) in environment {
        if let Some((_, key)) = VARIABLES.iter().find(|(variable, _)| *variable == name) {
            set(&mut table, key, &value, &name)?;
        }
    }
    let data_dir = flags.data_dir.as_ref().map(|path| path.to_string_lossy().into_owned());
    for (key, value) in
        [("listen", &flags.listen), ("data_dir", &data_dir), ("base_url", &flags.base_url)]
    {
        if let Some(value) = value {
            set(&mut table, key, value, key)?;
        }
    }
    Ok(table)
}

/// The named file, or the usual one where it exists.
fn file(named: Option<&Path>) -> Result<Table, ConfigError> {
    let path = named.unwrap_or(Path::new("bugstack.toml"));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Table::new());
        }
        Err(cause) => return Err(ConfigError::File { path: path.to_owned(), cause }),
    };
    text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        ConfigError::Toml { path: path.to_owned(), line, cause: error.message().to_owned() }
    })
}

/// Sets `section.key` to a text that may mean a number or a truth value.
fn set(table: &mut Table, key: &str, text: &str, source: &str) -> Result<(), ConfigError> {
    let (section, field) = key.split_once('.').map_or((None, key), |(s, f)| (Some(s), f));
    let (table, value) = match section {
        None => (table, Value::String(text.to_owned())),
        Some(section) => {
            let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            let inner = inner.as_table_mut().ok_or_else(|| wrong(section, "is not a table"))?;
            let value = match TEXTS.contains(&key) {
                true => Some(Value::String(text.to_owned())),
                false => scalar(text),
            };
            (inner, value.ok_or_else(|| wrong(source, not_a_scalar(text)))?)
        }
    };
    table.insert(field.to_owned(), value);
    Ok(())
}

fn scalar(text: &str) -> Option<Value> {
    let number = text.parse().ok().map(Value::Integer);
    number.or_else(|| text.parse().ok().map(Value::Boolean))
}

fn not_a_scalar(text: &str) -> String {
    format!("`{text}` is neither a number nor true or false")
}
