//! The built-in templates, compiled in.

use bugstack_patch::{Library, LoadError, SpecTemplateError, SpecTemplates};
use include_dir::{Dir, include_dir};

/// One folder beside the templates holds what their tests are written with.
const SPECS: &str = "spec/";

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Loads the built-in templates. A test holds that they load.
pub fn builtin() -> Result<Library, LoadError> {
    Library::load(files(&BUILT_IN).into_iter().filter(|(path, _)| !path.starts_with(SPECS)))
}

/// Loads the templates of the tests that come with a patch.
pub fn specs() -> Result<SpecTemplates, SpecTemplateError> {
    SpecTemplates::load(files(&BUILT_IN).into_iter().filter(|(path, _)| path.starts_with(SPECS)))
}

fn files<'a>(folder: &'a Dir<'a>) -> Vec<(&'a str, &'a str)> {
    let own =
        folder.files().filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?)));
    own.chain(folder.dirs().flat_map(files)).collect()
}

/// The `template.yml` of a built-in template.
pub fn text(id: &str) -> Option<&'static str> {
    let wanted = format!("{id}/template.yml");
    files(&BUILT_IN).into_iter().find(|(path, _)| *path == wanted).map(|(_, text)| text)
}
