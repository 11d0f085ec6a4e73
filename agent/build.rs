//! Lists the demo's application, so that it can be compiled in: its sources and nothing that was
//! installed or built beside them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const APP: &str = "../tests/apps/nest-chat";
/// What npm, tsc and jest leave behind.
const LEFT_OUT: [&str; 3] = ["node_modules", "dist", "coverage"];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join(APP);
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    list(&root, &mut files)?;
    files.sort();
    let mut code = String::from("&[\n");
    for file in &files {
        let inside = file.strip_prefix(&root).map_err(io::Error::other)?;
        let line = writeln!(
            code,
            "    ({:?}, include_str!({:?})),",
            inside.to_string_lossy(),
            file.to_string_lossy()
        );
        line.map_err(io::Error::other)?;
    }
    code.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("nest_chat.rs"), code)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if LEFT_OUT.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            list(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}
