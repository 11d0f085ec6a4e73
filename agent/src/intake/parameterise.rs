//! A message without what differs from one occurrence to the next.

/// Puts `<n>`, `<id>`, `<uuid>`, `<hex>`, `<url>` and `<email>` for the parts that vary.
///
/// What looks like a word stays, so that `readyState 3 (CLOSED)` is `readyState <n> (CLOSED)`.
pub fn parameterise(message: &str) -> String {
    message.split_whitespace().map(chunk).collect::<Vec<_>>().join(" ")
}

fn chunk(text: &str) -> String {
    if text.contains("://") {
        return "<url>".to_owned();
    }
    if is_email(text) {
        return "<email>".to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = uuid(rest) {
            out.push_str("<uuid>");
            rest = after;
            continue;
        }
        let end = rest.find(|char: char| !is_word(char)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end.max(first.len_utf8()));
        if end == 0 {
            out.push(first);
        } else {
            push_word(&mut out, word);
        }
        rest = after;
    }
    out
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'))
}

/// What follows a UUID that the text begins with.
fn uuid(text: &str) -> Option<&str> {
    const LENGTH: usize = 36;
    let (head, rest) = text.split_at_checked(LENGTH)?;
    let fits = head.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    fits.then_some(rest)
}

fn push_word(out: &mut String, word: &str) {
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let all_digits = word.bytes().all(|byte| byte.is_ascii_digit());
    if !has_digit {
        out.push_str(word);
    } else if word.strip_prefix("0x").is_some_and(is_hex)
        || (word.len() >= 8 && is_hex(word) && !all_digits)
    {
        out.push_str("<hex>");
    } else if word.len() >= 8 && digit_runs(word) >= 2 {
        out.push_str("<id>");
    } else {
        push_without_digits(out, word);
    }
}

fn digit_runs(word: &str) -> usize {
    word.split(|char: char| !char.is_ascii_digit()).filter(|run| !run.is_empty()).count()
}

fn push_without_digits(out: &mut String, word: &str) {
    let mut in_run = false;
    for char in word.chars() {
        let digit = char.is_ascii_digit();
        if !digit {
            out.push(char);
        } else if !in_run {
            out.push_str("<n>");
        }
        in_run = digit;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_is_named_and_what_reads_stays() {
        for (from, to) in [
            (
                "WebSocket is not open: readyState 3 (CLOSED)",
                "WebSocket is not open: readyState <n> (CLOSED)",
            ),
            (
                "Cannot read properties of undefined (reading 'send')",
                "Cannot read properties of undefined (reading 'send')",
            ),
            ("connect ECONNREFUSED 127.0.0.1:5432", "connect ECONNREFUSED <n>.<n>.<n>.<n>:<n>"),
            ("timed out after 5000ms", "timed out after <n>ms"),
            ("room 7f3c2b1a-0d4e-4f6a-9b8c-1d2e3f4a5b6c gone", "room <uuid> gone"),
            ("object 0x7ffe12 freed", "object <hex> freed"),
            ("commit ce082b9a1f not found", "commit <hex> not found"),
            ("job mws7f7yr_jn17t37 failed", "job <id> failed"),
            ("no user ada@example.org", "no user <email>"),
            ("GET https://example.org/a?b=1 failed", "GET <url> failed"),
            ("at 2026-11-22T19:02:45.267Z", "at <n>-<n>-<n>T<n>:<n>:<n>.<n>Z"),
            ("two\n  lines", "two lines"),
            ("größe 12", "größe <n>"),
        ] {
            assert_eq!(parameterise(from), to);
        }
    }
}
