//! What an operator may write, and what is said about mistakes.

use std::path::PathBuf;

use bugstack_agent::config::{Config, ConfigError, Flags};

fn load(toml: &str, environment: &[(&str, &str)], flags: Flags) -> Result<Config, ConfigError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), toml).unwrap();
    let environment = environment.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    Config::load(&Flags { config: Some(file.path().to_owned()), ..flags }, environment)
}

fn complaint(toml: &str, environment: &[(&str, &str)]) -> String {
    load(toml, environment, Flags::default()).unwrap_err().to_string()
}

#[test]
fn an_empty_file_means_the_defaults() {
    let config = load("", &[], Flags::default()).unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(config.base_url(), "http://127.0.0.1:7717");
    assert_eq!(config.host(), None);
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let toml = "data_dir = 'file'\nlisten = '127.0.0.1:1'\n[limits]\nworkers = 2\nin_flight = 7";
    let environment = [
        ("BUGSTACK_DATA_DIR", "env"),
        ("BUGSTACK_LISTEN", "[::1]:2"),
        ("BUGSTACK_LIMITS_WORKERS", "3"),
    ];
    let flags = Flags { listen: Some("127.0.0.1:3".into()), ..Flags::default() };
    let config = load(toml, &environment, flags).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:3");
    assert_eq!(config.data_dir, PathBuf::from("env"));
    assert_eq!((config.limits.workers, config.limits.in_flight), (3, 7));
}

#[test]
fn the_variables_of_the_sdk_and_of_others_are_not_ours() {
    let environment = [("BUGSTACK_API_KEY", "k"), ("BUGSTACK_RELEASE", "r"), ("HOME", "/")];
    assert_eq!(load("", &environment, Flags::default()).unwrap(), Config::default());
}

#[test]
fn projects_are_seeded_and_their_keys_stay_out_of_sight() {
    let toml = "base_url = 'https://bugs.example'\n[projects.chat]\nrepository = '/srv/chat.git'\nkey = 'bs_0123456789abcdef'";
    let config = load(toml, &[], Flags::default()).unwrap();
    let (project, key) = config.seeds().next().unwrap();
    assert_eq!((project.id.0.as_str(), project.base_branch.as_str()), ("chat", "main"));
    assert_eq!(key, Some("bs_0123456789abcdef"));
    assert_eq!(config.host().as_deref(), Some("bugs.example"));
    assert!(!format!("{config:?}").contains("0123456789abcdef"));
}

/// The file, the environment, and what the complaint must say.
type Mistake<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

#[test]
fn every_mistake_names_its_key() {
    let cases: [Mistake<'_>; 28] = [
        ("listne = '127.0.0.1:1'", &[], "listne"),
        ("[limits]\nworker = 2", &[], "worker"),
        ("[limits]\nworkers = 'two'", &[], "limits.workers"),
        ("[limits]\nworkers = 0", &[], "`limits.workers`: 0 is not between 1 and 64"),
        ("[sandbox]\nmemory_mib = -1", &[], "sandbox.memory_mib"),
        ("[sandbox]\naccept_no_landlock = 1", &[], "sandbox.accept_no_landlock"),
        ("limits = 3", &[("BUGSTACK_LIMITS_WORKERS", "2")], "`limits`: is not a table"),
        ("listen = 'here'", &[], "listen"),
        ("listen = '0.0.0.0:80'", &[], "`listen`: 0.0.0.0:80 is not a loopback address"),
        ("base_url = 'bugs.example/x'", &[], "`base_url`"),
        ("", &[("BUGSTACK_BASE_URL", "ftp://x")], "`base_url`"),
        ("", &[("BUGSTACK_LIMITS_WORKERS", "two")], "`BUGSTACK_LIMITS_WORKERS`"),
        ("[projects.Chat]\nrepository = 'x'", &[], "`projects.Chat`"),
        ("[projects.chat]\nrepository = ''", &[], "`projects.chat.repository`"),
        (
            "[projects.chat]\nrepository = 'x'\nbase_branch = '--all'",
            &[],
            "`projects.chat.base_branch`",
        ),
        ("[projects.chat]\nrepository = 'x'\nkey = 'short'", &[], "`projects.chat.key`"),
        (
            "[projects.chat]\nrepository = 'https://u:pw@github.com/o/r'",
            &[],
            "`projects.chat.repository`: may hold a password",
        ),
        ("[github]", &[], "`github`: has neither `token` nor `app_id`"),
        ("[github]\ntokn = 'x'", &[], "tokn"),
        ("[github]\napp_id = 1", &[], "`github.private_key_file`: is missing"),
        ("[github]\nprivate_key_file = 'x'", &[], "`github.app_id`: is missing"),
        ("[github]\napp_id = 1\ntoken = 'x'", &[], "`github.token`: is set beside an App"),
        ("[github]\ntoken = ''", &[], "`github.token`: is empty"),
        ("", &[("BUGSTACK_GITHUB_TOKEN", "two words")], "`github.token`: is empty, or has blanks"),
        ("[github]\ntoken = 'x'\nurl = 'http://git.example'", &[], "`github.url`: is not https"),
        ("[github]\ntoken = 'x'\nurl = 'https://u@git.example'", &[], "`github.url`"),
        ("[github]\ntoken = 'x'\nurl = 'https://git.example/o'", &[], "`github.url`"),
        ("", &[("BUGSTACK_GITHUB_APP_ID", "x")], "`BUGSTACK_GITHUB_APP_ID`"),
    ];
    for (toml, environment, named) in cases {
        let said = complaint(toml, environment);
        assert!(said.contains(named), "{toml:?}: {said}");
    }
}

#[test]
fn github_comes_from_the_environment_too_and_its_secrets_stay_out_of_sight() {
    let environment = [
        ("BUGSTACK_GITHUB_URL", "http://127.0.0.1:4201"),
        ("BUGSTACK_GITHUB_TOKEN", "1234567890"),
        ("BUGSTACK_GITHUB_WEBHOOK_SECRET", "true"),
        ("BUGSTACK_GITHUB_VERIFIED_COMMITS", "true"),
    ];
    let config = load("", &environment, Flags::default()).unwrap();
    let told = format!("{config:?}");
    let github = config.github.unwrap();
    assert_eq!(github.url, "http://127.0.0.1:4201");
    assert_eq!(github.token.unwrap().reveal(), "1234567890");
    assert_eq!(github.webhook_secret.unwrap().reveal(), "true");
    assert!(github.verified_commits);
    assert!(!told.contains("1234567890"), "{told}");
    for toml in ["[github]\ntoken = 1234567890", "[github]\ntoken = \"1234567890"] {
        let said = complaint(toml, &[]);
        assert!(!said.contains("1234567890"), "{said}");
    }
}

#[test]
fn a_file_that_is_missing_or_no_toml_is_named() {
    assert!(complaint("a = 1\nlisten = ", &[]).contains("is not valid TOML: line 2: "));
    let flags = Flags { config: Some(PathBuf::from("/nowhere/bugstack.toml")), ..Flags::default() };
    let said = Config::load(&flags, []).unwrap_err().to_string();
    assert!(said.starts_with("cannot read /nowhere/bugstack.toml"), "{said}");
}
