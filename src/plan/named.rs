//! Endpoints in tables, by name or by pattern.

/// Whether a name is the one in a table, or begins as a pattern there does that ends with `*`.
pub fn is_named(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}
