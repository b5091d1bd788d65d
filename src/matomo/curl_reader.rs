//! Reads a `curl` line back into a request: those of reports, and what a person pastes.

use super::probe::DRY_HEADER;
use crate::model::{Body, Dispatch, Method, Request};

/// What a line says: a request, and the slot where its address names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurlLine {
    /// Slot of `$URL_SLOT`, in the letters of placeholders: `LIST_EVEN`.
    pub slot: Option<String>,
    /// The request.
    pub request: Request,
}

/// Options with a value that say nothing about the request.
const BESIDE: [&str; 6] = ["-o", "--output", "-w", "--write-out", "--max-time", "-m"];

/// Reads a line; what it cannot repeat is an error that names it.
pub fn read_curl_line(line: &str) -> Result<CurlLine, String> {
    let mut words = split(line)?.into_iter();
    if words.next().as_deref() != Some("curl") {
        return Err("the line does not begin with curl".to_owned());
    }
    let mut request = Request { dispatch: Dispatch::Real, ..Request::default() };
    let (mut url, mut method, mut data, mut parts, mut content_type) = (None, None, Vec::new(), Vec::new(), None);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("nothing stands behind {word}"));
        match word.as_str() {
            "-H" | "--header" => {
                let header = value()?;
                let (name, text) = header.split_once(':').ok_or_else(|| format!("{header:?} is no header"))?;
                let verbatim = text.strip_prefix(' ').unwrap_or(text);
                match name.to_ascii_lowercase().as_str() {
                    "authorization" => request.authorization = Some(verbatim.to_owned()),
                    "cookie" => request.cookie = Some(cookie(verbatim)?),
                    "x-requested-with" => request.xhr = verbatim.trim().eq_ignore_ascii_case("xmlhttprequest"),
                    "referer" => request.referrer = Some(verbatim.to_owned()),
                    "user-agent" => request.agent = Some(verbatim.to_owned()),
                    "content-type" => content_type = Some(verbatim.trim().to_owned()),
                    name if name.eq_ignore_ascii_case(DRY_HEADER) => {
                        request.dispatch = if verbatim.trim() == "dry" { Dispatch::Dry } else { Dispatch::Real };
                    }
                    _ => {}
                }
            }
            "-b" | "--cookie" => request.cookie = Some(cookie(&value()?)?),
            "-X" | "--request" => method = Some(value()?),
            "-I" | "--head" => method = Some("HEAD".to_owned()),
            "-d" | "--data" | "--data-raw" | "--data-binary" | "--data-ascii" => data.push(value()?),
            "-F" | "--form" | "--form-string" => parts.push(value()?),
            "-A" | "--user-agent" => request.agent = Some(value()?).filter(|value| !value.is_empty()),
            "-e" | "--referer" => request.referrer = Some(value()?),
            "--url" => url = Some(value()?),
            word if BESIDE.contains(&word) => {
                value()?;
            }
            "--get" | "-G" | "--data-urlencode" | "-u" | "--user" | "-T" | "--upload-file" => {
                return Err(format!("{word} cannot be repeated: write the parameters out"));
            }
            word if word.starts_with('-') => {}
            _ => url = Some(word),
        }
    }
    let url = url.ok_or("the line has no address")?;
    let (slot, query) = address(&url)?;
    request.query = query;
    request.method = match method.as_deref() {
        None if data.is_empty() && parts.is_empty() => Method::Get,
        None | Some("POST") => Method::Post,
        Some("GET") => Method::Get,
        Some("HEAD") => Method::Head,
        Some("PUT") => Method::Put,
        Some(other) => return Err(format!("the method {other} cannot be repeated")),
    };
    if !parts.is_empty() {
        request.body = Some(Body::Multipart(parts.join("&")));
    } else if !data.is_empty() {
        let text = data.join("&");
        request.body = Some(match content_type.as_deref() {
            Some(kind) if kind.eq_ignore_ascii_case("application/json") => Body::Json(text),
            None => Body::Form(text),
            Some(kind) if kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") => Body::Form(text),
            Some(other) => return Err(format!("a body of the type {other} cannot be repeated")),
        });
    }
    Ok(CurlLine { slot, request })
}

/// The user of `MATOMO_SESSID=$SESSION_USER`.
fn cookie(text: &str) -> Result<String, String> {
    let session = text.split(';').find_map(|pair| pair.trim().strip_prefix("MATOMO_SESSID=$SESSION_"));
    let user = session.ok_or_else(|| format!("the cookie {text:?} is not MATOMO_SESSID=$SESSION_USER"))?;
    Ok(user.to_ascii_lowercase().replace('_', "-"))
}

/// Slot and query of an address.
fn address(url: &str) -> Result<(Option<String>, String), String> {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let slot = place.strip_prefix('$').map(|rest| rest.trim_start_matches('{'));
    let slot = slot.and_then(|rest| rest.strip_prefix("URL_")).map(|rest| {
        let name: String = rest.chars().take_while(|letter| letter.is_ascii_uppercase() || *letter == '_').collect();
        name
    });
    if slot.is_none() && !place.starts_with("http://") && !place.starts_with("https://") {
        return Err(format!("{place:?} is neither http://… nor $URL_SLOT/index.php"));
    }
    Ok((slot, query.split('#').next().unwrap_or_default().to_owned()))
}

/// The words of a line as a POSIX shell makes them, without filling in variables.
fn split(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next() {
                        Some('\'') => break,
                        Some(letter) => word.push(letter),
                        None => return Err("a quote is not closed".to_owned()),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next() {
                        Some('"') => break,
                        Some('\\') => match letters.next() {
                            Some(letter) if matches!(letter, '"' | '\\' | '`' | '!' | '$') => word.push(letter),
                            Some('\n') => {}
                            Some(letter) => word.extend(['\\', letter]),
                            None => return Err("a quote is not closed".to_owned()),
                        },
                        Some(letter) => word.push(letter),
                        None => return Err("a quote is not closed".to_owned()),
                    }
                }
            }
            '\\' => match letters.next() {
                Some('\n') | None => {}
                Some(letter) => word.get_or_insert_default().push(letter),
            },
            letter if letter.is_whitespace() => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::matomo::curl_line;
    use crate::model::{Features, Names};
    use crate::plan::{Breadth, Filter, exhaustive, slots};

    #[test]
    fn every_line_of_a_report_is_read_back() {
        let names = Names { endpoints: [("CoreHome.index".to_owned(), crate::model::EndpointKind::Controller)].into(), ..Names::default() };
        let plan = exhaustive(&names, &Features::of_version("6.0.0"), slots(&names, true), Breadth::Default, &Filter::default(), 1);
        let mut seen = 0;
        for case in &plan.cases {
            let (slot, mut request) = (plan.slot(*case).name, plan.request(*case));
            let line = curl_line(slot, &request);
            let read = read_curl_line(&line).unwrap_or_else(|why| panic!("{line}: {why}"));
            // The type of a body without any text is all that is lost.
            if request.body.as_ref().is_some_and(|body| body.text().is_empty()) {
                request.body.clone_from(&read.request.body);
            }
            assert_eq!(read.request, request, "{line}");
            assert_eq!(read.slot.as_deref(), Some(slot.to_uppercase().replace('-', "_").as_str()), "{line}");
            seen += 1;
        }
        assert!(seen > 3000, "{seen}");
    }

    #[test]
    fn what_a_person_pastes_is_read() {
        let line = "curl -s 'http://127.0.0.1:8080/index.php?module=API&a=%00' \\\n  -d token_auth=$TOKEN_VIEW -H 'x-requested-with: XMLHttpRequest'";
        let read = read_curl_line(line).expect("a line");
        assert_eq!((read.slot, read.request.query.as_str(), read.request.xhr), (None, "module=API&a=%00", true));
        assert_eq!(read.request.body, Some(Body::Form("token_auth=$TOKEN_VIEW".to_owned())));
        assert_eq!((read.request.method, read.request.dispatch), (Method::Post, Dispatch::Real));
    }

    #[rstest]
    #[case("wget x", "does not begin with curl")]
    #[case("curl 'http://x", "a quote is not closed")]
    #[case("curl -H", "nothing stands behind -H")]
    #[case("curl -i", "no address")]
    #[case("curl ftp://x", "neither http")]
    #[case("curl -X DELETE http://x/", "DELETE cannot be repeated")]
    #[case("curl -b a=b http://x/", "the cookie \"a=b\"")]
    fn what_cannot_be_repeated_is_named(#[case] line: &str, #[case] message: &str) {
        let error = read_curl_line(line).expect_err("an error");
        assert!(error.contains(message), "{error}");
    }
}
