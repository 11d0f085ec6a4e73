//! Stage 1: from the frames of an event to a place in the tree of the base commit.

mod drift;
pub(super) mod paths;
mod source_map;

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
    Ok(Site { base, evidence })
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

/// A place in the tree of the deployed commit.
struct Found {
    path: String,
    place: Place,
    function: Option<String>,
    callee: Option<Callee>,
}

fn innermost(context: &Context<'_>, tree: &Tree<'_>) -> Result<Found, Halt> {
    let exceptions = &context.event.exceptions;
    let mut seen = Vec::new();
    for exception in exceptions {
        if let Some(found) = in_frames(&exception.frames, tree, &mut seen) {
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
fn in_frames(frames: &[wire::Frame], tree: &Tree<'_>, seen: &mut Vec<String>) -> Option<Found> {
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
                if let Some((path, place)) = place_in(tree, file, frame) {
                    let function = function_of(&frames[at..]);
                    return Some(Found { path, place, function, callee });
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

fn place_in(tree: &Tree<'_>, file: &str, frame: &wire::Frame) -> Option<(String, Place)> {
    if let Some(path) = paths::direct(file, |path| tree.contains(path)) {
        let built = source_map::original(tree, &path, frame);
        let line = frame.line?;
        return Some(built.unwrap_or((path, Place::Exact { line, column: frame.column })));
    }
    if let Some(mapped) = source_map::of_missing(tree, file, frame) {
        return Some(mapped);
    }
    let path = paths::source_of_built(file, |path| tree.contains(path))?;
    Some((path, Place::Function))
}

fn outcome(outcome: wire::Outcome) -> Outcome {
    match outcome {
        wire::Outcome::Thrown => Outcome::Thrown,
        wire::Outcome::CalledBack => Outcome::CalledBack,
        wire::Outcome::Dropped => Outcome::Dropped,
    }
}
