//! How much somebody may ask: so many calls an hour, so much content a minute.

use std::time::Duration;

use serde_json::{Value, json};

use super::answer::Answer;
use super::auth::Who;
use super::model::{Rate, World};

/// Calls an hour with a token, and without.
const CALLS: u64 = 5000;
const CALLS_OF_STRANGERS: u64 = 60;
const WINDOW: Duration = Duration::from_secs(3600);
/// Calls a minute that make or change content.
const CONTENT: usize = 80;
const CONTENT_WINDOW: Duration = Duration::from_secs(60);

fn key(who: &Who) -> String {
    match who {
        Who::Nobody => "stranger".to_owned(),
        other => other.name(),
    }
}

fn limit(who: &Who, rate: &Rate) -> u64 {
    let usual = if matches!(who, Who::Nobody) { CALLS_OF_STRANGERS } else { CALLS };
    rate.limit.unwrap_or(usual)
}

impl World {
    fn rate(&mut self, who: &Who) -> &mut Rate {
        let now = self.clock.now();
        let rate = self.rates.entry(key(who)).or_default();
        let over = |since: jiff::Timestamp| since.checked_add(WINDOW).is_ok_and(|end| end <= now);
        if rate.since.is_none_or(over) {
            rate.since = Some(now);
            rate.used = 0;
        }
        rate.made.retain(|at| at.checked_add(CONTENT_WINDOW).is_ok_and(|end| end > now));
        rate
    }

    /// `rate-limit`.
    pub fn rate_shape(&mut self, who: &Who) -> Value {
        let rate = self.rate(who);
        let limit = limit(who, rate);
        let since = rate.since.unwrap_or_default();
        let reset = since.checked_add(WINDOW).unwrap_or(since).as_second();
        json!({
            "limit": limit,
            "used": rate.used.min(limit),
            "remaining": limit.saturating_sub(rate.used),
            "reset": reset,
        })
    }

    /// Counts a call, and refuses one too many.
    pub(super) fn count(&mut self, who: &Who, makes: bool) -> Result<(), Answer> {
        let now = self.clock.now();
        let rate = self.rate(who);
        if rate.used >= limit(who, rate) {
            let words = format!("API rate limit exceeded for {}.", key(who));
            return Err(Answer::error(403, &words));
        }
        if makes && rate.made.len() >= CONTENT {
            return Err(super::fault::secondary_limited(Some(CONTENT_WINDOW.as_secs())));
        }
        rate.used += 1;
        if makes {
            rate.made.push(now);
        }
        Ok(())
    }

    /// A call that told nothing new is free.
    pub(super) fn uncount(&mut self, who: &Who) {
        let rate = self.rate(who);
        rate.used = rate.used.saturating_sub(1);
    }
}
