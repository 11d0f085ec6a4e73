//! What waits to be sent: bounded, never blocking who puts in, and waited for with a deadline.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::capture::Draft;

/// What the worker sends.
#[derive(Debug)]
pub(crate) enum Item {
    /// An event whose stack has no names yet.
    Event(Box<Draft>),
    /// The counts since the last pulse.
    Pulse,
}

/// What waits to be sent.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// Something was put in.
    filled: Notify,
    /// Everything was sent or lost.
    idle: Condvar,
    capacity: usize,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Item>,
    /// Taken by the worker, and neither sent nor lost yet.
    under_way: usize,
    lost: u64,
}

impl Queue {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { state: Mutex::default(), filled: Notify::new(), idle: Condvar::new(), capacity }
    }

    /// Puts an item in; a full queue drops it and counts.
    pub(crate) fn push(&self, item: Item) {
        let mut state = self.lock();
        if state.waiting.len() < self.capacity {
            state.waiting.push_back(item);
            self.filled.notify_one();
        } else if matches!(item, Item::Event(_)) {
            state.lost += 1;
        }
        // A pulse that finds no room leaves its counts for the next one.
    }

    /// Takes the oldest item, when there is one. [`Queue::done`] must follow.
    pub(crate) async fn take(&self) -> Item {
        loop {
            if let Some(item) = self.try_take() {
                return item;
            }
            self.filled.notified().await;
        }
    }

    fn try_take(&self) -> Option<Item> {
        let mut state = self.lock();
        let item = state.waiting.pop_front()?;
        state.under_way += 1;
        Some(item)
    }

    /// Says what became of an item that was taken.
    pub(crate) fn done(&self, lost: bool) {
        let mut state = self.lock();
        state.under_way = state.under_way.saturating_sub(1);
        state.lost += u64::from(lost);
        if state.is_idle() {
            self.idle.notify_all();
        }
    }

    /// Gives up: everything that waits is lost.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        let events = state.waiting.iter().filter(|item| matches!(item, Item::Event(_))).count();
        state.lost += events as u64;
        state.waiting.clear();
        if state.is_idle() {
            self.idle.notify_all();
        }
    }

    /// Waits until nothing is left, at most `timeout`. True if nothing was lost meanwhile.
    pub(crate) fn flush(&self, timeout: Duration) -> bool {
        let state = self.lock();
        let lost_before = state.lost;
        let waited = self.idle.wait_timeout_while(state, timeout, |state| !state.is_idle());
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_idle() && state.lost == lost_before
    }

    pub(crate) fn lost(&self) -> u64 {
        self.lock().lost
    }

    /// Nothing can panic while the lock is held, so what a poisoned one guards is whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.under_way == 0
    }
}
