//! The commands with which a reviewer sees the proof: green, then red without the change.

use anyhow::Result;
use bugstack_patch::Runner;

use crate::model::Verdict;
use crate::repair::Context;
use crate::toolchain::node::NodeProject;

/// Characters of a commit that a command names.
const SHORT: usize = 12;

/// One command a line, for a POSIX shell.
pub(super) fn commands(
    context: &Context<'_>,
    verdict: &Verdict,
    branch: &str,
) -> Result<Vec<String>> {
    let base = &verdict.diagnosis.site.base;
    let tree = context.repository.tree(base)?;
    let mut lines = vec![match context.project.is_local() {
        true => format!("git switch --detach {branch}"),
        false => format!("git fetch origin {branch} && git switch --detach FETCH_HEAD"),
    }];
    let (sources, specs): (Vec<&str>, Vec<&str>) =
        verdict.files.iter().map(|(path, _)| path.as_str()).partition(|path| tree.contains(path));
    if let (Ok(project), Some(spec)) = (NodeProject::detect(&tree), specs.first()) {
        let test = test(&project, spec);
        let sources: Vec<String> = sources.iter().map(|path| word(path)).collect();
        let base: String = base.chars().take(SHORT).collect();
        lines.extend(project.lockfile.is_some().then(|| "npm ci".to_owned()));
        lines.push(format!("{test}  # passes"));
        lines.push(format!("git checkout {base} -- {}", sources.join(" ")));
        lines.push(format!("{test}  # fails as in production"));
    }
    lines.push("git switch --discard-changes -".to_owned());
    Ok(lines)
}

fn test(project: &NodeProject, spec: &str) -> String {
    let (runner, by_path) = match project.runner {
        Runner::Jest => ("npx jest", " --runTestsByPath"),
        Runner::NodeTest => ("node --test", ""),
    };
    let options: String =
        project.runner_options.iter().map(|it| format!(" {}", word(it))).collect();
    // A folder among the options would bring the whole suite in.
    let options = if project.runner == Runner::NodeTest { String::new() } else { options };
    format!("{runner}{options}{by_path} {}", word(spec))
}

/// A word that no shell takes apart. What people copy must not do more than it seems to.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._/=-".contains(c);
    match !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        true => text.to_owned(),
        false if text.starts_with("--") && text.chars().all(plain) => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_shell_gets_one_word() {
        for (from, to) in [
            ("src/a.spec.ts", "src/a.spec.ts"),
            ("--config=jest.json", "--config=jest.json"),
            ("a b", "'a b'"),
            ("$(rm -rf x)", "'$(rm -rf x)'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
        ] {
            assert_eq!(word(from), to);
        }
    }
}
