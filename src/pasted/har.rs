//! A HAR file: what a browser sent, entry by entry.

use serde::Deserialize;

use super::address::{Address, Dots};
use super::curl::method;
use super::exact::ExactRequest;
use super::headers::Headers;

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Sent,
}

#[derive(Deserialize)]
struct Sent {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Pair>,
    #[serde(default, rename = "postData")]
    post: Option<Post>,
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    #[serde(default)]
    value: Option<String>,
}

#[derive(Deserialize)]
struct Post {
    #[serde(default, rename = "mimeType")]
    kind: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    params: Vec<Pair>,
}

/// Entries that ask a Matomo for something, each with its number from 1; and how many others there are, by what they are.
pub struct HarEntries {
    /// Those that can be repeated.
    pub entries: Vec<(usize, ExactRequest)>,
    /// Why others are left out, and how many.
    pub left_out: Vec<(String, usize)>,
}

/// Reads the text of a file. A mistake in it is named with line and column.
pub fn read_har(text: &str) -> Result<HarEntries, String> {
    let har: Har = serde_json::from_str(text).map_err(|error| {
        let cut = if error.is_eof() { ": the file ends too early; save it again" } else { "" };
        format!("line {}, column {}: no HAR file: {error}{cut}", error.line(), error.column())
    })?;
    let mut all = HarEntries { entries: Vec::new(), left_out: Vec::new() };
    for (index, entry) in har.log.entries.iter().enumerate() {
        match request(&entry.request) {
            Ok(request) if is_of_matomo(&request) => all.entries.push((index + 1, request)),
            Ok(_) => all.leave_out("ask for nothing that is Matomo's".to_owned()),
            Err(why) => all.leave_out(why),
        }
    }
    Ok(all)
}

impl HarEntries {
    fn leave_out(&mut self, why: String) {
        // Addresses differ; the reason is what counts.
        let why = if why.contains("only index.php") { "ask for no index.php".to_owned() } else { why };
        match self.left_out.iter_mut().find(|(known, _)| *known == why) {
            Some((_, count)) => *count += 1,
            None => self.left_out.push((why, 1)),
        }
    }
}

/// Whether a request names something that Matomo dispatches, or its script.
pub fn is_of_matomo(request: &ExactRequest) -> bool {
    let names = |text: &str| {
        text.split('&')
            .any(|pair| ["module", "method", "action"].iter().any(|name| pair.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))))
    };
    request.path == "/index.php" || request.query.as_deref().is_some_and(names) || names(&request.body_text())
}

fn request(sent: &Sent) -> Result<ExactRequest, String> {
    let mut request = Address::read(&sent.url, Dots::Removed)?.request();
    request.method = method(&sent.method)?;
    let mut headers = Headers::default();
    // A browser lists what HTTP/2 has in place of the first line as headers.
    for header in sent.headers.iter().filter(|header| !header.name.starts_with(':')) {
        let value = header.value.as_deref().unwrap_or_default();
        if value.chars().any(|letter| letter.is_ascii_control() && letter != '\t') {
            return Err(format!("HTTP cannot carry the header {}", header.name));
        }
        headers.send(&header.name, value.trim_start())?;
    }
    request.headers = headers.under(Vec::new())?;
    if let Some(post) = &sent.post {
        let body = post.text.clone().or_else(|| {
            let pairs = post.params.iter().map(|pair| format!("{}={}", pair.name, pair.value.as_deref().unwrap_or_default()));
            Some(pairs.collect::<Vec<_>>().join("&")).filter(|text| !text.is_empty())
        });
        if body.is_some() && request.header("content-type").is_none() && !post.kind.is_empty() {
            request.headers.push(("Content-Type".to_owned(), post.kind.clone()));
        }
        request.body = body.map(String::into_bytes);
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Method;

    const HAR: &str = r#"{"log":{"version":"1.2","entries":[
{"request":{"method":"GET","url":"https://m.example/matomo/index.php?module=CoreHome&action=index#?x","headers":[{"name":":authority","value":"m.example"},{"name":"Cookie","value":"MATOMO_SESSID=abc"},{"name":"Accept-Language","value":"de"}]}},
{"request":{"method":"GET","url":"https://m.example/matomo/matomo.js","headers":[]}},
{"request":{"method":"POST","url":"https://m.example/matomo/index.php","headers":[],"postData":{"mimeType":"application/x-www-form-urlencoded","text":"module=API&method=API.get&token_auth=x"}}},
{"request":{"method":"POST","url":"https://m.example/matomo/matomo.php?rec=1","headers":[]}},
{"request":{"method":"GET","url":"https://shop.example/","headers":[]}}
]}}"#;

    #[test]
    fn every_entry_to_the_matomo_is_read_and_others_are_counted() {
        let har = read_har(HAR).expect("it is read");
        assert_eq!(har.entries.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 3]);
        let (page, post) = (&har.entries[0].1, &har.entries[1].1);
        assert_eq!((page.query.as_deref(), page.headers.len()), (Some("module=CoreHome&action=index"), 2));
        assert_eq!((post.method, post.body_text().as_str()), (Method::Post, "module=API&method=API.get&token_auth=x"));
        assert_eq!(post.header("content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(har.left_out.iter().map(|(_, count)| count).sum::<usize>(), 3);
    }

    #[test]
    fn a_file_that_ends_too_early_is_named_with_its_line() {
        let Err(error) = read_har(&HAR[..HAR.len() / 2]) else { panic!("no error") };
        assert!(error.contains("ends too early") && error.starts_with("line "), "{error}");
    }
}
