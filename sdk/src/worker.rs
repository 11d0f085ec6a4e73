//! The thread that sends: its own runtime, nothing shared with the host's.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use bugstack_proto::Pulse;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::capture::Draft;
use crate::client::{Client, silence_thread};
use crate::queue::Item;
use crate::transport::Transport;

/// Starts the thread; it ends when the other side of `stopped` is dropped.
pub(crate) fn start(client: Arc<Client>, stopped: oneshot::Receiver<()>) -> io::Result<()> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .on_thread_start(silence_thread)
        .thread_name("bugstack")
        .build()?;
    let name = thread::Builder::new().name("bugstack".to_owned());
    name.spawn(move || run(runtime, client, stopped)).map(drop)
}

fn run(runtime: Runtime, client: Arc<Client>, stopped: oneshot::Receiver<()>) {
    silence_thread();
    let transport = Transport::new(&client.settings);
    runtime.spawn(pulses(Arc::clone(&client)));
    runtime.spawn(deliveries(client, transport));
    // An error says that the guard is gone, which is what we wait for.
    let _ = runtime.block_on(stopped);
    // A look-up of a name may hang in the system; the process does not wait for it.
    runtime.shutdown_background();
}

/// Queues a pulse again and again; the first is queued at the start.
async fn pulses(client: Arc<Client>) {
    let every = client.settings.pulse_interval;
    let mut ticks = interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        client.queue.push(Item::Pulse);
    }
}

/// Sends one item after the other, in the order of their arrival.
async fn deliveries(client: Arc<Client>, transport: Option<Transport>) {
    loop {
        let item = client.queue.take().await;
        let lost = match item {
            Item::Event(draft) => !event(&client, transport.as_ref(), *draft).await,
            Item::Pulse => {
                pulse(&client, transport.as_ref()).await;
                false
            }
        };
        client.queue.done(lost);
    }
}

/// Whether the agent has it.
async fn event(client: &Client, transport: Option<&Transport>, draft: Draft) -> bool {
    let Some(transport) = transport else { return false };
    // Debug information is read here, and it may be damaged: this thread has to survive it.
    let finished = catch_unwind(AssertUnwindSafe(|| draft.finish(&client.settings)));
    match finished {
        Ok(event) => transport.event(&event).await,
        Err(_) => false,
    }
}

/// A pulse that did not arrive is not lost: its counts go with the next one.
async fn pulse(client: &Client, transport: Option<&Transport>) {
    let Some(transport) = transport else { return };
    let pulse = Pulse {
        instance: client.instance,
        release: client.settings.release.clone(),
        commit: None,
        environment: client.settings.environment.clone(),
        counts: client.counters.take(),
    };
    if !transport.pulse(&pulse).await {
        client.counters.put_back(&pulse.counts);
    }
}
