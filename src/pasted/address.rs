//! An address as somebody wrote it: what is exchanged for the target's own, and what is kept byte for byte.

use percent_encoding::percent_decode_str;

use super::exact::ExactRequest;
use super::variables::{leading_variable, unset_variable, with_names};

/// An address, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Scheme, host and folder, as they were written.
    pub origin: String,
    /// The slot it names.
    pub slot: Option<String>,
    /// `/index.php` or `/`.
    pub path: String,
    /// Raw query.
    pub query: Option<String>,
    /// `USER:PASSWORD`, decoded.
    pub user: Option<String>,
}

/// What shows that an address is one of a Matomo.
const OF_MATOMO: [&str; 6] = ["index.php", "?module=", "&module=", "?method=", "matomo.php?", "piwik.php?"];

/// Whether a text reads like an address, of a Matomo or whole.
pub fn is_address(text: &str) -> bool {
    let text = text.trim();
    let has_scheme =
        text.split_once("://").is_some_and(|(scheme, _)| !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    has_scheme || text.starts_with("$URL_") || text.starts_with("${URL_") || (may_be_request(text) && !text.contains(' '))
}

/// Whether something in a text looks like a request of a Matomo.
pub fn may_be_request(text: &str) -> bool {
    OF_MATOMO.iter().any(|part| text.contains(part))
}

/// How a program treats an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dots {
    /// `/a/../b` becomes `/b`.
    Removed,
    /// They are left as they are.
    Kept,
}

impl Address {
    /// Reads an address. What cannot be asked of a Matomo, or not in this way, is an error that names it.
    pub fn read(text: &str, dots: Dots) -> Result<Self, String> {
        let shown = with_names(text);
        if let Some(letter) = text.chars().find(|letter| letter.is_ascii_control() || *letter == ' ') {
            return Err(format!("the address {shown:?} has {letter:?} in it, which no program sends: write it as %{:02X}", letter as u32));
        }
        let text = text.split('#').next().unwrap_or_default();
        let (before, rest, user) = Self::before_path(text, &shown)?;
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query.to_owned())));
        let path = if path.is_empty() { "/" } else { path };
        let path = if dots == Dots::Removed { without_dots(path) } else { path.to_owned() };
        if let Some(name) = unset_variable(&path).or_else(|| query.as_deref().and_then(not_a_credential)) {
            return Err(format!("the variable {name} has no value: say --set {name}=VALUE"));
        }
        let (folder, script) = path.rsplit_once('/').unwrap_or(("", &path));
        if let Some((_, more)) = path.split_once("/index.php/") {
            return Err(format!("/{more} behind index.php cannot be repeated: only index.php itself is asked"));
        }
        let is_js = folder == "/js" || folder.ends_with("/js");
        match script {
            "" | "index.php" if !is_js => {}
            "matomo.php" | "piwik.php" => {
                return Err(format!("{script} is the tracker, which has no Module.Action gate: there is nothing to judge"));
            }
            _ if is_js => {
                return Err(format!("js/{script} belongs to the tracker, which has no Module.Action gate: there is nothing to judge"));
            }
            _ => {
                return Err(format!("{path} cannot be repeated: only index.php, or a folder that ends with /, is asked for Module.Action"));
            }
        }
        let slot = before.strip_prefix("$URL_").or_else(|| before.strip_prefix("${URL_").and_then(|rest| rest.strip_suffix('}')));
        Ok(Self {
            origin: with_names(&format!("{before}{folder}")),
            slot: slot.map(str::to_owned),
            path: format!("/{script}"),
            query: query.map(|query| with_names(&query)),
            user,
        })
    }

    /// Scheme and host; path with query; user.
    fn before_path<'a>(text: &'a str, shown: &str) -> Result<(String, &'a str, Option<String>), String> {
        if let Some((name, rest)) = leading_variable(text) {
            // Whatever it stands for is exchanged, as long as the rest begins with a path of its own.
            return if rest.starts_with(['/', '?']) {
                Ok((format!("${name}"), rest, None))
            } else {
                Err(format!("the variable {name} has no value, and may be the whole address: say --set {name}=ADDRESS"))
            };
        }
        if text.starts_with("$URL_") || text.starts_with("${URL_") {
            let end = text.find(['/', '?']).unwrap_or(text.len());
            return Ok((text[..end].to_owned(), &text[end..], None));
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if !scheme.contains(['/', '?', '.']) => (scheme, rest),
            _ => ("", text),
        };
        if !scheme.is_empty() && !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
            return Err(format!("{shown:?} is neither http://… nor https://…"));
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (user, host) = rest[..end].rsplit_once('@').map_or((None, &rest[..end]), |(user, host)| (Some(user), host));
        if host.is_empty() {
            return Err(format!("{shown:?} has no host: an address such as http://matomo.example/index.php?… is needed"));
        }
        let named = with_names(host);
        if let Some(letter) = named.chars().find(|letter| !letter.is_alphanumeric() && !"-._~:[]%$".contains(*letter)) {
            return Err(format!("{shown:?} has {letter:?} where an address has its host"));
        }
        let user = user.map(|user| {
            let (name, password) = user.split_once(':').unwrap_or((user, ""));
            let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
            format!("{}:{}", decoded(name), decoded(password))
        });
        let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
        Ok((format!("{scheme}{host}"), &rest[end..], user))
    }

    /// The request that asks for it, with nothing else.
    pub fn request(&self) -> ExactRequest {
        ExactRequest {
            origin: self.origin.clone(),
            slot: self.slot.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            ..ExactRequest::default()
        }
    }
}

/// A variable without a value anywhere but as the value of a token, which is then one that nobody knows.
pub fn not_a_credential(query: &str) -> Option<&str> {
    query.split('&').filter(|pair| !is_token_pair(pair)).find_map(unset_variable)
}

/// Whether a pair of a form is a token.
pub fn is_token_pair(pair: &str) -> bool {
    crate::model::Parameters::parse(pair).iter().any(|(name, value)| name == "token_auth" && matches!(value, crate::model::Value::Text(_)))
}

/// A path without `.` and `..` (RFC 3986, 5.2.4), as programs send it.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    for (index, part) in parts.iter().enumerate() {
        let is_last = index + 1 == parts.len();
        match *part {
            "." if is_last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if is_last {
                    kept.push("");
                }
            }
            part => kept.push(part),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("http://m.example", "http://m.example", "/", None)]
    #[case("http://m.example?a=b", "http://m.example", "/", Some("a=b"))]
    #[case("https://m.example/matomo/index.php?a=%00&b=ü'<\">#frag?c", "https://m.example/matomo", "/index.php", Some("a=%00&b=ü'<\">"))]
    #[case("m.example/piwik/?", "m.example/piwik", "/", Some(""))]
    #[case("http://m.example/x/../a/./index.php", "http://m.example/a", "/index.php", None)]
    #[case("$URL_LIST_EVEN/index.php?a", "$URL_LIST_EVEN", "/index.php", Some("a"))]
    #[case("${URL_FLAG}/index.php", "${URL_FLAG}", "/index.php", None)]
    fn the_host_and_folder_are_exchanged_and_the_rest_is_kept(
        #[case] text: &str,
        #[case] origin: &str,
        #[case] path: &str,
        #[case] query: Option<&str>,
    ) {
        let address = Address::read(text, Dots::Removed).expect("it is read");
        assert_eq!((address.origin.as_str(), address.path.as_str(), address.query.as_deref()), (origin, path, query));
    }

    #[rstest]
    #[case("http://m.example/matomo.php?rec=1", "matomo.php is the tracker, which has no Module.Action gate")]
    #[case("http://m.example/a/piwik.php", "piwik.php is the tracker")]
    #[case("http://m.example/js/", "js/ belongs to the tracker")]
    #[case("http://m.example/js/index.php?idsite=1", "js/index.php belongs to the tracker")]
    #[case("http://m.example/index.php/x", "/x behind index.php cannot be repeated")]
    #[case("http://m.example/matomo?module=API", "/matomo cannot be repeated")]
    #[case("ftp://m.example/", "neither http")]
    #[case("http:///index.php", "has no host")]
    #[case("http://m.example/?a=b c", "has ' ' in it")]
    fn what_has_no_gate_is_refused_in_one_sentence(#[case] text: &str, #[case] why: &str) {
        let error = Address::read(text, Dots::Removed).expect_err("an error");
        assert!(error.contains(why), "{error}");
    }
}
