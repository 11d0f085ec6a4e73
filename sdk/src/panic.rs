//! The panic hook: reports, and hands on to the hook that was there before.

use std::panic::PanicHookInfo;
use std::sync::Once;
use std::sync::atomic::Ordering::Relaxed;

use crate::capture::Draft;
use crate::client::{Client, unless_quiet};
use crate::queue::Item;
use crate::stack::Stack;

static INSTALLED: Once = Once::new();

/// Puts our hook in front, once in the life of the process.
pub(crate) fn install() {
    // The standard library refuses to change the hook while a thread is panicking.
    if std::thread::panicking() {
        return;
    }
    INSTALLED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            unless_quiet(|client| report(client, info));
            before(info);
        }));
    });
}

fn report(client: &Client, info: &PanicHookInfo<'_>) {
    client.counters.panics.fetch_add(1, Relaxed);
    let words = info.payload_as_str().unwrap_or("a panic whose payload is no text");
    let draft = Draft::of_panic(words, Stack::here(info.location()));
    client.queue.push(Item::Event(Box::new(draft)));
    if cfg!(panic = "abort") {
        // The process ends when the hook returns: now or never.
        client.queue.flush(client.settings.shutdown_timeout);
    }
}
