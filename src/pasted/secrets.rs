//! What else in a request is nobody's business: passwords, credentials for a proxy before Matomo, sessions of others.

use percent_encoding::percent_decode_str;

use super::address::is_token_pair;
use super::credentials::Place;
use super::exact::{ExactRequest, SESSION_COOKIE};
use crate::model::World;

/// Words in the name of a parameter whose value gives access to something.
pub const IN_PARAMETERS: [&str; 7] = ["passw", "pwd", "secret", "api_key", "apikey", "access_token", "authcode"];

/// The same for headers and cookies, of which Matomo reads none by such a name.
pub const IN_HEADERS: [&str; 5] = ["auth", "key", "sess", "sid", "token"];

/// Shorter texts stand by chance in others.
const SHORTEST: usize = 8;

impl ExactRequest {
    /// Every text in it that nobody should read, with the placeholder's name to show for it: tokens and sessions that are not the world's, and others.
    pub fn secrets(&self, world: &World) -> Vec<(&'static str, String)> {
        let unknown = self.unknown_credentials(world).into_iter().map(|one| {
            let name = if one.place == Place::Cookie { "SESSION_PASTED" } else { "TOKEN_PASTED" };
            (name, one.value.trim_matches([' ', '\0']).to_owned())
        });
        let others = self.other_secrets().into_iter().map(|value| ("SECRET_PASTED", value));
        unknown.filter(|(_, value)| !value.starts_with('$')).chain(others).collect()
    }

    /// Texts as they are written that are secrets beside Matomo's tokens and sessions; the longest first.
    ///
    /// What is too short to be found again comes with its name: `password=abc`.
    fn other_secrets(&self) -> Vec<String> {
        let mut all = Vec::new();
        for (header, value) in &self.headers {
            match header.to_ascii_lowercase().as_str() {
                "authorization" => {
                    let other = value.split_once(' ').filter(|(scheme, _)| !scheme.eq_ignore_ascii_case("bearer"));
                    all.extend(other.map(|(_, credentials)| credentials.to_owned()));
                }
                "proxy-authorization" => all.push(value.split_once(' ').map_or(value.as_str(), |(_, credentials)| credentials).to_owned()),
                "cookie" => all.extend(value.split(';').filter_map(|pair| in_cookie(pair.trim()))),
                name if tells(name, &IN_HEADERS) || tells(name, &IN_PARAMETERS) => {
                    all.push(alone_or(value, || format!("{header}: {value}")));
                }
                _ => {}
            }
        }
        let form = if self.form().is_some() { self.body_text() } else { String::new() };
        let pairs = self.query.iter().flat_map(|query| query.split('&')).chain(form.split('&'));
        all.extend(pairs.filter_map(in_form));
        // A variable without a value, or a placeholder, is no secret; a password may well have that letter in it.
        all.retain(|text| text.len() >= SHORTEST && !text.starts_with('$') && !text.contains("=$"));
        all.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        all.dedup();
        all
    }
}

fn tells(name: &str, words: &[&str]) -> bool {
    let name = percent_decode_str(name).decode_utf8_lossy().to_ascii_lowercase();
    words.iter().any(|word| name.contains(word))
}

fn alone_or(value: &str, with_name: impl Fn() -> String) -> String {
    if value.len() < SHORTEST { with_name() } else { value.to_owned() }
}

fn in_cookie(pair: &str) -> Option<String> {
    let (name, value) = pair.split_once('=').filter(|(name, value)| *name != SESSION_COOKIE && !value.is_empty())?;
    tells(name, &IN_HEADERS).then(|| alone_or(value, || pair.to_owned()))
}

fn in_form(pair: &str) -> Option<String> {
    let (name, value) = pair.split_once('=').filter(|(_, value)| !value.is_empty() && !is_token_pair(pair))?;
    tells(name, &IN_PARAMETERS).then(|| alone_or(value, || pair.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_proxies_and_sessions_of_others_are_secrets_and_what_a_page_needs_is_none() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let request = ExactRequest {
            query: Some("module=API&force_api_session=1&token_auth=0123456789abcdef&passwordConfirmation=abc&sitesid=1".to_owned()),
            headers: vec![
                header("Content-Type", "application/x-www-form-urlencoded"),
                header("Authorization", "Basic cm9vdDp4eHg="),
                header("Proxy-Authorization", "Digest a=b"),
                header("X-Api-Key", "k1"),
                header("Cookie", "MATOMO_SESSID=0123456789; PHPSESSID=abcdef123456; _pk_id.1=0123456789; grafana_session=ab"),
                header("Accept", "*/*"),
            ],
            body: Some(b"password=hunter2hunter2&passwordBis=pa$$word1&pwd=$PASSWORD_OF_MINE&segment=x".to_vec()),
            ..ExactRequest::default()
        };
        let expected = [
            "passwordConfirmation=abc",
            "grafana_session=ab",
            "hunter2hunter2",
            "X-Api-Key: k1",
            "abcdef123456",
            "cm9vdDp4eHg=",
            "pa$$word1",
        ];
        assert_eq!(request.other_secrets(), expected);
    }
}
