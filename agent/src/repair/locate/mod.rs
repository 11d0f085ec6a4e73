//! Stage 1: from the frames of an event to a place in the tree of the base commit.

mod drift;
pub(super) mod paths;
mod source_map;
mod tsconfig;

use bugstack_patch::{Callee, Evidence, Outcome, Place};
use bugstack_proto as wire;

use super::Context;
use crate::git::Tree;
use crate::model::{Halt, Site};

/// Finds the innermost frame of the application that names a file of the repository.
pub(super) fn locate(context: &Context<'_>) -> Result<Site, Halt> {
    let base = context.repository.resolve(context.base)?;
    let deployed = deployed(context).unwrap_or_else(|| base.clone());
    let tree = context.repository.tree(&deployed)?;
    let found = innermost(context, &tree)?;
    let place = if deployed == base {
        found.place
    } else {
        drift::follow(&found, &tree, &context.repository.tree(&base)?)?
    };
    let thrown = context.event.thrown();
    let evidence = Evidence {
        message: thrown.map(|exception| exception.message.clone()).unwrap_or_default(),
        outcome: context.event.send.as_ref().map(|send| outcome(send.outcome)),
        callee: found.callee,
        path: found.path,
        place,
        function: found.function,
    };
    Ok(Site { base, evidence, unmapped: found.unmapped })
}

/// The commit that production ran, where the event names one that the repository has.
fn deployed(context: &Context<'_>) -> Option<String> {
    let event = context.event;
    [&event.commit, &event.release]
        .into_iter()
        .flatten()
        .filter(|name| name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .find_map(|name| context.repository.resolve(name).ok())
}

/// Where one frame points in the tree of the deployed commit.
struct Spot {
    path: String,
    place: Place,
    /// The built file that has no source map.
    unmapped: Option<String>,
}

impl Spot {
    fn exact((path, place): (String, Place)) -> Self {
        Self { path, place, unmapped: None }
    }
}

/// A place in the tree of the deployed commit.
struct Found {
    path: String,
    place: Place,
    unmapped: Option<String>,
    function: Option<String>,
    callee: Option<Callee>,
}

fn innermost(context: &Context<'_>, tree: &Tree<'_>) -> Result<Found, Halt> {
    let files = tree.files()?;
    let exceptions = &context.event.exceptions;
    let mut seen = Vec::new();
    for exception in exceptions {
        if let Some(found) = in_frames(&exception.frames, tree, &files, &mut seen) {
            return Ok(found);
        }
    }
    let named = if seen.is_empty() {
        "the trace has no frame of the application".to_owned()
    } else {
        format!("the trace names {}", seen.join(", "))
    };
    Err(Halt::refused(
        "no-frame-in-repository",
        format!("{named}; none of it is a file of the commit under repair"),
    ))
}

/// Frames come innermost first, so the library frame that was seen last is the one that the
/// application called.
fn in_frames(
    frames: &[wire::Frame],
    tree: &Tree<'_>,
    files: &[String],
    seen: &mut Vec<String>,
) -> Option<Found> {
    let mut callee = None;
    for (at, frame) in frames.iter().enumerate() {
        let Some(file) = frame.file.as_deref() else { continue };
        match paths::classify(file) {
            paths::Origin::Runtime => {}
            paths::Origin::Package(package) => {
                let function = frame.function.clone().unwrap_or_default();
                callee = Some(Callee { package, function });
            }
            paths::Origin::Application => {
                if let Some(Spot { path, place, unmapped }) = place_in(tree, files, file, frame) {
                    let function = function_of(&frames[at..]);
                    return Some(Found { path, place, unmapped, function, callee });
                }
                seen.push(file.to_owned());
                callee = None;
            }
        }
    }
    None
}

/// The frame's own function, or that of the next frame of the same file which has a name: an
/// arrow inside `new Promise` has none, the method around it does.
fn function_of(frames: &[wire::Frame]) -> Option<String> {
    let file = frames.first()?.file.as_deref()?;
    let own = |frame: &&wire::Frame| frame.file.as_deref() == Some(file);
    frames
        .iter()
        .filter(own)
        .filter_map(|frame| frame.function.as_deref())
        .find(|name| !name.is_empty() && !name.contains("<anonymous>"))
        .map(str::to_owned)
}

/// The frame's place: by its own path, by a source map, or by where compilers put their output.
fn place_in(tree: &Tree<'_>, files: &[String], file: &str, frame: &wire::Frame) -> Option<Spot> {
    let compiled = || tsconfig::source_of(tree, files, file);
    // A name without a folder says less than a compiler's configuration does.
    let own = paths::of_tree(file, files);
    if let Some(path) = own.filter(|path| path.contains('/') || compiled().is_none()) {
        let built = source_map::original(tree, files, path, frame);
        let line = frame.line?;
        let own = || (path.to_owned(), Place::Exact { line, column: frame.column });
        return Some(Spot::exact(built.unwrap_or_else(own)));
    }
    if let Some(mapped) = source_map::of_missing(tree, files, file, frame) {
        return Some(Spot::exact(mapped));
    }
    let contains = |path: &str| files.binary_search_by(|known| known.as_str().cmp(path)).is_ok();
    let path = compiled().or_else(|| paths::source_of_built(file, contains))?;
    Some(Spot { path, place: Place::Function, unmapped: Some(file.to_owned()) })
}

fn outcome(outcome: wire::Outcome) -> Outcome {
    match outcome {
        wire::Outcome::Thrown => Outcome::Thrown,
        wire::Outcome::CalledBack => Outcome::CalledBack,
        wire::Outcome::Dropped => Outcome::Dropped,
    }
}
