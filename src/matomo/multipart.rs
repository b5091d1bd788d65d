//! A body of several parts.

use std::fmt::Write as _;

use crate::model::{Parameters, Value};

/// Stands between the parts of a body. Fixed, so that a request is the same each time.
pub const BOUNDARY: &str = "conformance-part";

/// An urlencoded form as the parts of a multipart body.
pub fn multipart(form: &str) -> String {
    let mut text = String::new();
    for (name, value) in Parameters::parse(form).iter() {
        let parts = match value {
            Value::Text(value) => vec![(name.to_owned(), value)],
            Value::Array(elements) => elements.iter().map(|(key, value)| (format!("{name}[{key}]"), value)).collect(),
        };
        for (name, value) in parts {
            // Writing to a string cannot fail.
            let _ = write!(text, "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        }
    }
    text + "--" + BOUNDARY + "--\r\n"
}
