//! Placeholders: `$TOKEN_VIEW` stands for a secret in everything that is written down.

/// The name in a value that is exactly one token placeholder: `$TOKEN_VIEW` gives `TOKEN_VIEW`.
pub fn token_placeholder(value: &str) -> Option<&str> {
    let name = value.strip_prefix('$')?;
    let known = name.starts_with("TOKEN_") || name.starts_with("SESSION_TOKEN_");
    (known && name.bytes().all(is_name)).then_some(name)
}

/// Replaces every placeholder by what `secret` says of its name; unknown names stay as they are.
pub fn substitute(text: &str, secret: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let name_len = rest[at + 1..].bytes().take_while(|byte| is_name(*byte)).count();
        let name = &rest[at + 1..at + 1 + name_len];
        match secret(name) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&rest[at..=at + name_len]),
        }
        rest = &rest[at + 1 + name_len..];
    }
    out.push_str(rest);
    out
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'
}
