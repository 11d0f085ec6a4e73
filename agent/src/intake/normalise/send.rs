//! What is known about a send on a socket that was not open.
//!
//! `ws` words it the same in every version, `WebSocket is not open: readyState N (NAME)`, and
//! differs in how it tells: up to 6 `send` throws; from 7 on it throws only while connecting, and
//! otherwise `sendAfterClose` hands the error to the callback, if there is one.

use bugstack_proto::{Exception, Frame, Outcome, SendFailure};

/// The highest amount: what JSON holds exactly, and every integer of the store.
const AMOUNT: u64 = 1 << 53;

/// What an SDK stated, unless it is impossible: an open socket is no failure.
pub(super) fn checked(send: SendFailure) -> Option<SendFailure> {
    let close_code = send.close_code.filter(|code| (1000..5000).contains(code));
    matches!(send.ready_state, 0 | 2 | 3).then_some(SendFailure {
        close_code,
        closed_for_ms: send.closed_for_ms.map(|ms| ms.min(AMOUNT)),
        buffered_amount: send.buffered_amount.map(|bytes| bytes.min(AMOUNT)),
        ..send
    })
}

/// What the exceptions themselves say.
pub(super) fn told_by(exceptions: &[Exception]) -> Option<SendFailure> {
    exceptions.iter().find_map(|exception| {
        let ready_state = ready_state(&exception.message)?;
        Some(SendFailure {
            ready_state,
            outcome: outcome(ready_state, &exception.frames),
            closed_for_ms: None,
            buffered_amount: None,
            close_code: None,
        })
    })
}

fn ready_state(message: &str) -> Option<u8> {
    let (_, state) = message.split_once("WebSocket is not open: readyState ")?;
    [(0, "0 (CONNECTING)"), (2, "2 (CLOSING)"), (3, "3 (CLOSED)")]
        .into_iter()
        .find_map(|(number, words)| state.starts_with(words).then_some(number))
}

fn outcome(ready_state: u8, frames: &[Frame]) -> Outcome {
    let calls =
        |name: &str| frames.iter().filter_map(|frame| frame.function.as_deref()).any(|f| f == name);
    let raised_in_send =
        ["WebSocket.send", "WebSocket.ping", "WebSocket.pong"].into_iter().any(calls);
    if ready_state == 0 || (raised_in_send && !calls("sendAfterClose")) {
        Outcome::Thrown
    } else {
        Outcome::CalledBack
    }
}
