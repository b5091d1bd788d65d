//! `check --url`: from arguments to a Matomo that runs elsewhere, with tokens that are never taken from where others could read them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use reqwest::Url;

use super::args::AttachArgs;
use super::progress::PhaseSpinner;
use crate::failure::{Failure, at};
use crate::matomo::Secrets;
use crate::model::{Allowlist, Settings, World};
use crate::plan::nearest;
use crate::sut::Environment;
use crate::sut::attached::{Options, attach as look_at};

/// Attaches to the Matomo at a URL.
pub async fn attach(url: &str, args: &AttachArgs, limit: u64) -> Result<Environment, Failure> {
    let options = Options {
        url: base_of(url, args.allow_plain_http)?,
        tokens: tokens(args.tokens.as_deref())?,
        settings: settings(args),
        rules_of: args.rules_of.clone(),
        site: args.site,
        side_effects: args.allow_side_effects,
        rate: args.rate,
        limit: Duration::from_secs(limit),
    };
    look_at(options, &PhaseSpinner::new()).await
}

/// A number of requests a second.
pub fn rate(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|rate| (0.01..=1000.0).contains(rate)).ok_or_else(|| "not a number from 0.01 to 1000".to_owned())
}

fn settings(args: &AttachArgs) -> Settings {
    let mut settings = Settings { allowlist: Allowlist::of(args.has_allowlist.iter().cloned()), ..Settings::default() };
    args.switches.turn_on(&mut settings);
    settings
}

/// The address that `index.php` stands behind, without a slash at its end.
fn base_of(given: &str, plain_allowed: bool) -> Result<String, Failure> {
    let wrong = |why: &str| Failure::usage(format!("--url {why}")).hint("give the address of a Matomo as https://HOST/PATH/");
    let url = Url::parse(given).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("has a user or password in it, which is not sent"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has parameters behind it: tokens are read from the environment or from --tokens FILE"));
    }
    let host = url.host_str().unwrap_or_default();
    let loopback = host == "localhost" || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    match url.scheme() {
        "https" => {}
        "http" if loopback || plain_allowed => {}
        "http" => {
            let what = format!("without https the tokens would go to {host} for everybody on the way to read");
            return Err(Failure::usage(what).hint("give an https address, or --allow-plain-http where that does not matter"));
        }
        _ => return Err(wrong("is neither https nor http")),
    }
    let base = url.as_str().trim_end_matches("index.php").trim_end_matches('/');
    Ok(base.to_owned())
}

/// Tokens by the names that `serve` exports: from a private file, or from the environment.
fn tokens(file: Option<&Path>) -> Result<Secrets, Failure> {
    let mut tokens = Secrets::default();
    let world = World::standard();
    let names = world.tokens.iter().map(|token| token.placeholder.as_str());
    match file {
        Some(file) => {
            let lines = read_private(file)?;
            known_names(file, &lines)?;
            for name in names {
                if let Some(value) = lines.lines().filter_map(|line| value_of(line, name)).next_back() {
                    tokens.set(name, value);
                }
            }
        }
        None => {
            for name in names {
                if let Ok(value) = std::env::var(name) {
                    tokens.set(name, value);
                }
            }
        }
    }
    for (name, value) in tokens.iter() {
        // It goes into a URL, a body and a header as it stands, and the redaction knows it as it stands.
        if value.len() < 8 || !value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Failure::usage(format!("{name} is no token of Matomo: letters and digits, at least eight, are needed")));
        }
    }
    Ok(tokens)
}

/// Whether what looks like a token in a file of tokens is named as one: under another name it would not be used.
fn known_names(file: &Path, lines: &str) -> Result<(), Failure> {
    let world = World::standard();
    let tokens: Vec<&str> = world.tokens.iter().map(|token| token.placeholder.as_str()).collect();
    for (number, line) in lines.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let name = line.strip_prefix("export ").unwrap_or(line).split('=').next().unwrap_or_default().trim();
        // `serve` exports more than tokens, and whoever writes the file may do so, too.
        let meant = nearest(name, tokens.iter().copied());
        if !tokens.contains(&name) && (name.starts_with("TOKEN") || meant.is_some()) {
            let known = format!("known are {}", tokens.join(", "));
            let hint = meant.map_or(known, |near| format!("did you mean {near}?"));
            // Not the line itself: it may have a token in it.
            let name: String = name.chars().take(40).filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
            let what = format!("{}, line {}: {name} is the name of no token", file.display(), number + 1);
            return Err(Failure::usage(what).hint(hint));
        }
    }
    Ok(())
}

/// A file that only its owner may read.
fn read_private(file: &Path) -> Result<String, Failure> {
    let meta = std::fs::metadata(file).map_err(|error| Failure::usage(format!("cannot read {}: {error}", file.display())))?;
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Failure::usage(format!("{} has mode {mode:o}: others may read its tokens", file.display()))
            .hint(format!("chmod 600 {}", file.display())));
    }
    std::fs::read_to_string(file).map_err(at(file, "read"))
}

/// The value of `NAME=value`, with `export` before it and quotes around the value or not.
fn value_of<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let line = line.trim();
    let value = line.strip_prefix("export ").unwrap_or(line).strip_prefix(name)?.strip_prefix('=')?;
    let quoted = ['\'', '"'].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    Some(quoted.unwrap_or(value)).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only_unless_it_is_allowed() {
        for fine in ["https://example.org/matomo/", "http://127.0.0.1:8080", "http://[::1]/", "http://localhost/index.php"] {
            assert!(base_of(fine, false).is_ok(), "{fine}");
        }
        for wrong in ["http://example.org/", "http://127.0.0.1.example.org/", "http://localhost.example.org", "http://10.0.0.1/"] {
            let failure = base_of(wrong, false).expect_err(wrong).to_string();
            assert!(failure.contains("https"), "{failure}");
            assert!(base_of(wrong, true).is_ok(), "{wrong}");
        }
        for wrong in ["ftp://example.org", "example.org", "https://me:secretive@example.org/", "https://example.org/?token_auth=secretive"]
        {
            let failure = base_of(wrong, true).expect_err(wrong).to_string();
            assert!(!failure.contains("secretive"), "{failure}");
        }
    }

    #[test]
    fn an_address_loses_what_stands_behind_its_folder() {
        assert_eq!(base_of("https://example.org/matomo/index.php", false).expect("fine"), "https://example.org/matomo");
        assert_eq!(base_of("https://example.org", false).expect("fine"), "https://example.org");
    }

    #[test]
    fn a_line_of_a_file_of_tokens_may_be_quoted_and_exported() {
        for line in ["TOKEN_VIEW=abc", "export TOKEN_VIEW='abc'", "  TOKEN_VIEW=\"abc\" "] {
            assert_eq!(value_of(line, "TOKEN_VIEW"), Some("abc"), "{line}");
        }
        for line in ["TOKEN_VIEW_SECURE=abc", "# TOKEN_VIEW=abc", "TOKEN_VIEW=", "MY_TOKEN_VIEW=abc"] {
            assert_eq!(value_of(line, "TOKEN_VIEW"), None, "{line}");
        }
    }
}
