//! The built-in templates, compiled in.

use bugstack_patch::{Library, LoadError};
use include_dir::{Dir, include_dir};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Loads the built-in templates. A test holds that they load.
pub fn builtin() -> Result<Library, LoadError> {
    Library::load(files(&BUILT_IN))
}

fn files<'a>(folder: &'a Dir<'a>) -> Vec<(&'a str, &'a str)> {
    let own = folder.files().filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?)));
    own.chain(folder.dirs().flat_map(files)).collect()
}

/// The `template.yml` of a built-in template.
pub fn text(id: &str) -> Option<&'static str> {
    let wanted = format!("{id}/template.yml");
    files(&BUILT_IN).into_iter().find(|(path, _)| *path == wanted).map(|(_, text)| text)
}
