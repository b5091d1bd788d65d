//! A request exactly as somebody brought it: what is sent is what stands here, byte for byte, but for the address.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::matomo::{DRY_HEADER, shell, url_placeholder};
use crate::model::{Body, Dispatch, Method, NOBODY, Request};

/// The one cookie that decides.
pub const SESSION_COOKIE: &str = "MATOMO_SESSID";

/// What separates the pairs of a form, or would be read as something else in one.
const IN_FORM: &AsciiSet = &CONTROLS.add(b'%').add(b'&').add(b'=').add(b'+').add(b' ').add(b'#').add(b';');

/// A request as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExactRequest {
    /// HTTP method.
    pub method: Method,
    /// Scheme, host and folder as they were brought; the target's own stand in their place.
    pub origin: String,
    /// The slot that the address names: `LIST_EVEN` of `$URL_LIST_EVEN`.
    pub slot: Option<String>,
    /// What is asked for below that folder: `/index.php` or `/`.
    pub path: String,
    /// Raw query; none where there is no question mark.
    pub query: Option<String>,
    /// Headers in order, but for those of the connection.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Option<Vec<u8>>,
}

impl ExactRequest {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The path with its query.
    pub fn target(&self) -> String {
        self.query.as_ref().map_or_else(|| self.path.clone(), |query| format!("{}?{query}", self.path))
    }

    /// The body as text, as far as it is some.
    pub fn body_text(&self) -> String {
        self.body.as_deref().map(|body| String::from_utf8_lossy(body).into_owned()).unwrap_or_default()
    }

    /// Whether PHP reads the body as a form, and as which.
    pub fn form(&self) -> Option<FormKind> {
        let kind = self.header("content-type")?;
        let name = kind.split(';').next().unwrap_or_default().trim();
        if name.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Some(FormKind::Urlencoded);
        }
        let is_multipart = name.eq_ignore_ascii_case("multipart/form-data");
        let boundary = kind.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
        is_multipart.then(|| FormKind::Multipart(boundary.trim_matches('"').to_owned()))
    }

    /// The same as the rules see it.
    pub fn view(&self) -> Request {
        let header = |name: &str| self.header(name).map(str::to_owned);
        let dry = self.header(DRY_HEADER).is_some_and(|value| value == "dry");
        Request {
            method: self.method,
            query: self.query.clone().unwrap_or_default(),
            body: self.body.as_ref().map(|body| match self.form() {
                Some(FormKind::Urlencoded) => Body::Form(self.body_text()),
                Some(FormKind::Multipart(boundary)) => Body::Multipart(form_of(body, &boundary)),
                // Whatever it is: PHP makes no parameters of it.
                None => Body::Json(self.body_text()),
            }),
            authorization: header("authorization"),
            cookie: self.session_cookie().map(|value| {
                let user = value.strip_prefix("$SESSION_").filter(|name| !name.is_empty());
                user.map_or_else(|| NOBODY.to_owned(), |user| user.to_ascii_lowercase().replace('_', "-"))
            }),
            xhr: self.header("x-requested-with").is_some_and(|value| value.trim().eq_ignore_ascii_case("xmlhttprequest")),
            referrer: header("referer"),
            agent: header("user-agent"),
            headers: Vec::new(),
            cookies: Vec::new(),
            dispatch: if dry { Dispatch::Dry } else { Dispatch::Real },
        }
    }

    /// The value of Matomo's session cookie.
    pub fn session_cookie(&self) -> Option<&str> {
        let pairs = self.header("cookie")?.split(';');
        pairs
            .filter_map(|pair| pair.trim_start().split_once('='))
            .find(|(name, _)| *name == SESSION_COOKIE)
            .map(|(_, value)| value.trim_end())
    }

    /// The line for a POSIX shell that sends the same to a slot.
    pub fn curl_line(&self, slot: &str) -> String {
        let mut line = String::from("curl -sS -i");
        let natural = if self.body.is_some() { Method::Post } else { Method::Get };
        match self.method {
            Method::Head => line.push_str(" -I"),
            method if method != natural => {
                let _ = write!(line, " -X {}", method.name());
            }
            _ => {}
        }
        for implied in ["User-Agent", "Accept"].into_iter().filter(|name| self.header(name).is_none()) {
            let _ = write!(line, " -H '{implied}:'");
        }
        if self.body.is_some() && self.header("content-type").is_none() {
            line.push_str(" -H 'Content-Type:'");
        }
        for (name, value) in &self.headers {
            let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
            let _ = write!(line, " -H {}", shell(&header));
        }
        if self.body.is_some() {
            let _ = write!(line, " --data-raw {}", shell(&self.body_text()));
        }
        let _ = write!(line, " -g {}", shell(&format!("${}{}", url_placeholder(slot), self.target())));
        line
    }

    /// In few words: method, path and query, and what else there is.
    pub fn label(&self) -> String {
        let query = self.query.as_deref().unwrap_or_default();
        let body = if self.form() == Some(FormKind::Urlencoded) { format!(" {}", self.body_text()) } else { String::new() };
        format!("{} {query}{body}", self.method.name()).trim_end().chars().take(300).collect()
    }
}

/// A body that PHP reads as parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormKind {
    /// `application/x-www-form-urlencoded`.
    Urlencoded,
    /// `multipart/form-data` with its boundary.
    Multipart(String),
}

/// A field of a body of several parts: its name, whether it is a file, and where its value stands.
pub struct Field {
    /// Name as it is sent.
    pub name: String,
    /// Whether PHP takes it for a file.
    pub is_file: bool,
    /// Place of the value.
    pub value: std::ops::Range<usize>,
}

/// The fields of a body of several parts.
pub fn fields(body: &[u8], boundary: &str) -> Vec<Field> {
    let find = |needle: &[u8], from: usize| {
        body.get(from..).and_then(|rest| rest.windows(needle.len()).position(|window| window == needle)).map(|at| from + at)
    };
    let (open, close) = (format!("--{boundary}\r\n").into_bytes(), format!("\r\n--{boundary}").into_bytes());
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(head) = find(&open, at).map(|start| start + open.len()) {
        let Some(value) = find(b"\r\n\r\n", head).map(|end| end + 4) else { break };
        let Some(end) = find(&close, value.saturating_sub(2)) else { break };
        let text = String::from_utf8_lossy(&body[head..value]).into_owned();
        let disposition = text.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:")).unwrap_or_default();
        let parameter = |name: &str| {
            let found = disposition.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
            found.map(|value| value.trim().trim_matches('"').to_owned())
        };
        let value = value..end.max(value);
        all.extend(parameter("name").map(|name| Field { name, is_file: parameter("filename").is_some(), value: value.clone() }));
        at = end + 2;
    }
    all
}

/// The fields of a body of several parts as the form that has the same ones.
fn form_of(body: &[u8], boundary: &str) -> String {
    let encode = |text: &str| utf8_percent_encode(text, IN_FORM).to_string();
    let pairs = fields(body, boundary).into_iter().filter(|field| !field.is_file).map(|field| {
        let name = percent_decode_str(&field.name.replace("%22", "\"")).decode_utf8_lossy().into_owned();
        format!("{}={}", encode(&name), encode(&String::from_utf8_lossy(&body[field.value])))
    });
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_several_parts_is_the_form_with_the_same_fields() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"token_auth\"\r\n\r\n$TOKEN_VIEW\r\n--b\r\n\
            Content-Disposition: form-data; name=\"up\"; filename=\"f\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=\"e\"\r\n\r\n\r\n--b--\r\n";
        let request = ExactRequest {
            method: Method::Post,
            headers: vec![("Content-Type".to_owned(), "multipart/form-data; boundary=b".to_owned())],
            body: Some(body.to_vec()),
            ..ExactRequest::default()
        };
        assert_eq!(request.view().body, Some(Body::Multipart("token_auth=$TOKEN_VIEW&e=".to_owned())));
    }

    #[test]
    fn of_all_cookies_only_the_sessions_decides_and_an_unknown_one_is_nobodys() {
        let cookie = |value: &str| {
            let headers = vec![("Cookie".to_owned(), value.to_owned())];
            ExactRequest { headers, ..ExactRequest::default() }.view().cookie
        };
        assert_eq!(cookie("_pk_id.1=x; MATOMO_SESSID=0123abcd; a=b").as_deref(), Some(NOBODY));
        assert_eq!(cookie("MATOMO_SESSID=$SESSION_NO_ACCESS").as_deref(), Some("no-access"));
        assert_eq!(cookie("_pk_ses=1"), None);
    }
}
