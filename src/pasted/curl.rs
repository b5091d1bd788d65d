//! A `curl` command, read into the requests that `curl` itself would send.

use std::path::Path;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::address::{Address, Dots, is_token_pair, not_a_credential};
use super::curl_options::{CurlOption, Role, by_letter, by_name};
use super::exact::ExactRequest;
use super::glob::expand;
use super::headers::{Headers, base64};
use super::shell::Command;
use super::variables::{unset_variable, with_names};
use crate::matomo::BOUNDARY;
use crate::model::Method;

/// What `curl` says it is where nobody says otherwise.
const AGENT: &str = "curl/7.88.1";

/// Letters that `curl` does not encode.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What stands between two `--next`.
#[derive(Default)]
struct Group {
    urls: Vec<String>,
    method: Option<String>,
    head: bool,
    get: bool,
    data: Option<Vec<u8>>,
    json: bool,
    parts: Vec<Part>,
    headers: Vec<String>,
    agent: Option<String>,
    referrer: Option<String>,
    cookies: Vec<String>,
    user: Option<String>,
    bearer: Option<String>,
    url_query: Vec<String>,
    globs_off: bool,
    dots_kept: bool,
    compressed: bool,
}

/// A part of a body of several parts.
struct Part {
    name: String,
    value: Vec<u8>,
}

/// Reads a command; files that it names are looked for in a folder. What cannot be repeated is an error that names it.
pub fn read_curl(command: &Command, folder: &Path) -> Result<(Vec<ExactRequest>, Vec<String>), String> {
    let mut notes = Vec::new();
    let mut groups = vec![Group::default()];
    let mut reader = Reader { folder, has_input: command.has_input };
    let mut words = command.words.iter().skip(1);
    let mut options = true;
    while let Some(word) = words.next() {
        let group = groups.last_mut().ok_or("there is no command")?;
        if !options || !word.starts_with('-') {
            group.urls.push(word.clone());
        } else if word == "--" {
            options = false;
        } else if let Some(name) = word.strip_prefix("--") {
            let (option, off, joined) = match (by_name(name), name.split_once('=')) {
                (Ok((option, off)), _) => (option, off, None),
                (Err(_), Some((name, value))) if by_name(name).is_ok_and(|(option, _)| option.takes_value) => {
                    notes.push(format!("curl itself takes no --{name}=VALUE in one word; read as --{name} VALUE"));
                    (by_name(name)?.0, false, Some(value.to_owned()))
                }
                (Err(why), _) => return Err(format!("{}: {why}", with_names(word))),
            };
            let value = match (option.takes_value, joined) {
                (true, None) => Some(words.next().ok_or_else(|| format!("nothing stands behind {word}"))?.clone()),
                (_, joined) => joined,
            };
            reader.take(&mut groups, option, off, value, word)?;
        } else {
            if word.len() == 1 {
                return Err("- is no option of curl".to_owned());
            }
            for (at, letter) in word[1..].char_indices() {
                let option = by_letter(letter).ok_or_else(|| format!("curl knows no option -{letter} (in {:?})", with_names(word)))?;
                let value = if option.takes_value {
                    let attached = &word[1 + at + letter.len_utf8()..];
                    let value = if attached.is_empty() { words.next().cloned() } else { Some(attached.to_owned()) };
                    Some(value.ok_or_else(|| format!("nothing stands behind -{letter}"))?)
                } else {
                    None
                };
                let ends = value.is_some();
                reader.take(&mut groups, option, false, value, &format!("-{letter}"))?;
                if ends {
                    break;
                }
            }
        }
    }
    let mut all = Vec::new();
    for group in &groups {
        all.extend(group.requests()?);
    }
    if all.is_empty() {
        return Err("the line has no address".to_owned());
    }
    Ok((all, notes))
}

struct Reader<'a> {
    folder: &'a Path,
    has_input: bool,
}

impl Reader<'_> {
    fn take(&mut self, groups: &mut Vec<Group>, option: &CurlOption, off: bool, value: Option<String>, word: &str) -> Result<(), String> {
        match option.role {
            Role::Beside => return Ok(()),
            Role::Refused(_) if off => return Ok(()),
            Role::Refused(why) => return Err(format!("{} cannot be repeated: {why}", with_names(word))),
            Role::Tells => {}
        }
        if option.long == "next" {
            groups.push(Group::default());
            return Ok(());
        }
        let Some(group) = groups.last_mut() else { return Ok(()) };
        let value = value.unwrap_or_default();
        // A token may be one that nobody knows; of everything else nothing would be known of the request.
        let may_be_a_token = match option.long {
            "data" | "data-ascii" | "data-raw" | "data-binary" | "data-urlencode" => not_a_credential(&value).is_none(),
            "form" | "form-string" => value.starts_with("token_auth="),
            "header" => ["authorization:", "cookie:"].iter().any(|name| value.to_ascii_lowercase().starts_with(name)),
            "cookie" => value.contains("MATOMO_SESSID="),
            "oauth2-bearer" | "url" | "url-query" => true,
            _ => false,
        };
        if let Some(name) = unset_variable(&value)
            && !may_be_a_token
        {
            return Err(format!("the variable {name} behind {word} has no value: say --set {name}=VALUE"));
        }
        match option.long {
            "url" => group.urls.push(value),
            "request" => group.method = Some(value),
            "head" => group.head = !off,
            "get" => group.get = !off,
            "globoff" => group.globs_off = !off,
            "path-as-is" => group.dots_kept = !off,
            "compressed" => group.compressed = !off,
            "basic" => {}
            "data" | "data-ascii" => {
                let mut data = self.value_or_file(&value)?;
                if value.starts_with('@') {
                    data.retain(|byte| !matches!(byte, b'\r' | b'\n' | 0));
                }
                group.append(data, false);
            }
            "data-raw" => group.append(value.into_bytes(), false),
            "data-binary" => group.append(self.value_or_file(&value)?, false),
            "data-urlencode" => group.append(self.encoded(&value)?.into_bytes(), false),
            "json" => {
                group.append(self.value_or_file(&value)?, true);
                group.json = true;
            }
            "url-query" => group.url_query.push(match value.strip_prefix('+') {
                Some(raw) => raw.to_owned(),
                None => self.encoded(&value)?,
            }),
            "form" => group.parts.push(self.part(&value)?),
            "form-string" => {
                let (name, value) = value.split_once('=').ok_or_else(|| format!("{word} {value:?} has no ="))?;
                group.parts.push(Part { name: name.to_owned(), value: value.as_bytes().to_vec() });
            }
            "header" => match value.strip_prefix('@') {
                Some(file) => {
                    let text = String::from_utf8(self.file(file)?).map_err(|_| format!("{file} is no text"))?;
                    group.headers.extend(text.lines().filter(|line| !line.is_empty()).map(str::to_owned));
                }
                None => group.headers.push(value),
            },
            "user-agent" => group.agent = Some(value),
            "referer" => group.referrer = Some(value.strip_suffix(";auto").unwrap_or(&value).to_owned()),
            "cookie" => {
                if value.contains('=') {
                    group.cookies.push(value);
                } else if !value.is_empty() {
                    return Err(format!("{word} {:?} reads cookies from a file: write NAME=VALUE", with_names(&value)));
                }
            }
            "user" => group.user = Some(if value.contains(':') { value } else { format!("{value}:") }),
            "oauth2-bearer" => group.bearer = Some(value),
            other => return Err(format!("--{other} cannot be repeated")),
        }
        Ok(())
    }

    fn file(&self, name: &str) -> Result<Vec<u8>, String> {
        if name == "-" {
            let what = if self.has_input { "what the shell would give it" } else { "standard input" };
            return Err(format!("@- reads {what}, which cannot be repeated: name a file"));
        }
        let path = self.folder.join(name);
        std::fs::read(&path).map_err(|error| format!("cannot read @{}: {error}", with_names(name)))
    }

    fn value_or_file(&self, value: &str) -> Result<Vec<u8>, String> {
        value.strip_prefix('@').map_or_else(|| Ok(value.as_bytes().to_vec()), |file| self.file(file))
    }

    /// The five forms of `--data-urlencode`.
    fn encoded(&self, value: &str) -> Result<String, String> {
        let (name, content) = match (value.split_once('='), value.split_once('@')) {
            (Some((name, content)), _) => (name, content.as_bytes().to_vec()),
            (None, Some((name, file))) => (name, self.file(file)?),
            (None, None) => ("", value.as_bytes().to_vec()),
        };
        // What nobody knows stays as it is, to be named.
        let unknown = std::str::from_utf8(&content).is_ok_and(|text| unset_variable(text).is_some() || is_placeholder(text));
        let content = if unknown {
            String::from_utf8_lossy(&content).into_owned()
        } else {
            percent_encode(&content, ENCODED).to_string().replace("%20", "+")
        };
        Ok(if name.is_empty() { content } else { format!("{name}={content}") })
    }

    fn part(&self, text: &str) -> Result<Part, String> {
        let (name, value) = text.split_once('=').ok_or_else(|| format!("-F {:?} has no =", with_names(text)))?;
        let refused = |why: &str| Err(format!("-F {:?} cannot be repeated: {why}", with_names(text)));
        match value.chars().next() {
            Some('@') => return refused("it uploads a file, of which Matomo makes no parameter"),
            Some('"') => {
                let value =
                    quoted(value).ok_or_else(|| format!("-F {:?} cannot be repeated: its quotes do not end with it", with_names(text)))?;
                return Ok(Part { name: name.to_owned(), value: value.into_bytes() });
            }
            Some('(') => return refused("write the value plainly, with --form-string"),
            _ if value.contains(';') => return refused("what stands behind ; is no part of the value; write it with --form-string"),
            _ => {}
        }
        let value = match value.strip_prefix('<') {
            Some(file) => self.file(file)?,
            None => value.as_bytes().to_vec(),
        };
        Ok(Part { name: name.to_owned(), value })
    }
}

/// What stands in the quotes of a part's value: there a backslash goes before quotes and backslashes.
fn quoted(value: &str) -> Option<String> {
    let mut letters = value.strip_prefix('"')?.chars();
    let mut out = String::new();
    loop {
        match letters.next()? {
            '"' => return letters.next().is_none().then_some(out),
            '\\' => match letters.next()? {
                letter @ ('"' | '\\') => out.push(letter),
                letter => out.extend(['\\', letter]),
            },
            letter => out.push(letter),
        }
    }
}

/// Whether a text is one placeholder, whose value needs no encoding.
fn is_placeholder(text: &str) -> bool {
    crate::model::token_placeholder(text).is_some()
}

impl Group {
    fn append(&mut self, data: Vec<u8>, json: bool) {
        match &mut self.data {
            Some(all) => {
                if !json {
                    all.push(b'&');
                }
                all.extend(data);
            }
            None => self.data = Some(data),
        }
    }

    fn requests(&self) -> Result<Vec<ExactRequest>, String> {
        let mut all = Vec::new();
        for url in &self.urls {
            let urls = if self.globs_off { vec![url.clone()] } else { expand(url)? };
            for url in urls {
                all.push(self.request(&url)?);
            }
        }
        Ok(all)
    }

    fn request(&self, url: &str) -> Result<ExactRequest, String> {
        let has_body = (self.data.is_some() && !self.get) || !self.parts.is_empty();
        if (self.head && has_body) || (self.data.is_some() && !self.parts.is_empty()) {
            return Err("curl refuses a line that asks for more than one of -I, -d and -F".to_owned());
        }
        let dots = if self.dots_kept { Dots::Kept } else { Dots::Removed };
        let address = Address::read(url, dots)?;
        let mut request = address.request();
        let natural = if self.head {
            "HEAD"
        } else if has_body {
            "POST"
        } else {
            "GET"
        };
        request.method = method(self.method.as_deref().unwrap_or(natural))?;
        if self.get && self.data.is_some() && !self.url_query.is_empty() {
            return Err("--url-query beside -G cannot be repeated: some releases of curl drop it".to_owned());
        }
        let in_query = self.data.as_ref().filter(|_| self.get).map(|data| String::from_utf8_lossy(data).into_owned());
        for more in self.url_query.iter().cloned().chain(in_query) {
            add_to_query(&mut request, &more)?;
        }
        request.headers = self.headers(&address)?;
        if !self.parts.is_empty() {
            let custom = request.header("content-type").map(str::to_owned);
            if custom.is_some() {
                return Err("-F with a Content-Type of its own cannot be repeated".to_owned());
            }
            request.headers.push(("Content-Type".to_owned(), format!("multipart/form-data; boundary={BOUNDARY}")));
            request.body = Some(self.multipart()?);
        } else if let Some(data) = self.data.as_ref().filter(|_| !self.get) {
            request.body = Some(plain_names(data));
        }
        Ok(request)
    }

    fn headers(&self, address: &Address) -> Result<Vec<(String, String)>, String> {
        let mut headers = Headers::read(&self.headers)?;
        let bearer = self.bearer.as_ref().map(|token| format!("Bearer {token}"));
        let basic = self.user.as_ref().or(address.user.as_ref()).map(|user| format!("Basic {}", base64(user.as_bytes())));
        let mut first = Vec::new();
        let mut implied = |name: &str, value: Option<String>| first.extend(value.map(|value| (name.to_owned(), value)));
        implied("Authorization", bearer.or(basic));
        implied("User-Agent", Some(self.agent.clone().unwrap_or_else(|| AGENT.to_owned())).filter(|agent| !agent.is_empty()));
        implied("Accept", Some(if self.json { "application/json" } else { "*/*" }.to_owned()));
        implied("Accept-Encoding", self.compressed.then(|| "deflate, gzip".to_owned()));
        implied("Referer", self.referrer.clone().filter(|referrer| !referrer.is_empty()));
        implied("Cookie", Some(self.cookies.join(";")).filter(|cookies| !cookies.is_empty()));
        let kind = if self.json { "application/json" } else { "application/x-www-form-urlencoded" };
        let has_data = self.json || (self.data.is_some() && !self.get && self.parts.is_empty());
        headers.last("Content-Type", has_data.then(|| kind.to_owned()));
        headers.under(first)
    }

    fn multipart(&self) -> Result<Vec<u8>, String> {
        let mut body = Vec::new();
        for Part { name, value } in &self.parts {
            if value.windows(BOUNDARY.len()).any(|window| window == BOUNDARY.as_bytes()) {
                return Err(format!("a part that has {BOUNDARY:?} in it cannot be repeated"));
            }
            let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
            let disposition = if name.is_empty() { "form-data".to_owned() } else { format!("form-data; name=\"{name}\"") };
            body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n").into_bytes());
            body.extend(plain_names(value));
            body.extend(b"\r\n");
        }
        body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
        Ok(body)
    }
}

/// Variables without a value under their names, where they are text.
fn plain_names(data: &[u8]) -> Vec<u8> {
    std::str::from_utf8(data).map_or_else(|_| data.to_vec(), |text| with_names(text).into_bytes())
}

/// A method that the rules speak of.
pub fn method(name: &str) -> Result<Method, String> {
    [Method::Get, Method::Post, Method::Head, Method::Put]
        .into_iter()
        .find(|method| method.name() == name)
        .ok_or_else(|| format!("the method {name} cannot be repeated: only GET, POST, HEAD and PUT"))
}

/// Adds to a query as `-G` does: what an address cannot have is refused as `curl` refuses it.
fn add_to_query(request: &mut ExactRequest, more: &str) -> Result<(), String> {
    let more = more.split('#').next().unwrap_or_default();
    if let Some(letter) = more.chars().find(|letter| letter.is_ascii_control() || *letter == ' ') {
        return Err(format!("curl refuses {letter:?} in the query that -G makes of {more:?}: use --data-urlencode"));
    }
    if let Some(name) = more.split('&').filter(|pair| !is_token_pair(pair)).find_map(unset_variable) {
        return Err(format!("the variable {name} has no value: say --set {name}=VALUE"));
    }
    let more = with_small_hex(&with_names(more));
    request.query = Some(match request.query.take() {
        Some(query) if !query.is_empty() => format!("{query}&{more}"),
        None if more.is_empty() => return Ok(()),
        _ => more,
    });
    Ok(())
}

/// `curl` writes `%2F` as `%2f` where it adds to a query.
fn with_small_hex(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for at in 0..bytes.len().saturating_sub(2) {
        if bytes[at] == b'%' && bytes[at + 1].is_ascii_hexdigit() && bytes[at + 2].is_ascii_hexdigit() {
            bytes[at + 1..at + 3].make_ascii_lowercase();
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
