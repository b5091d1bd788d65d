//! What was brought and could not be read, as it may be shown: a line that is refused has its secrets, too.

use std::sync::LazyLock;

use regex::Regex;

use super::exact::SESSION_COOKIE;
use super::secrets::{IN_HEADERS, IN_PARAMETERS};

/// A name that tells of a secret, and its value; what begins with `$` is a variable's name. A colon stands for `=` in JSON only: behind a bare name an
/// error begins to say what is wrong with it.
static PAIR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names = [&["token_auth", SESSION_COOKIE][..], &IN_PARAMETERS].concat().join("|");
    let joined = r#"(?:\s*(?:=|%3D)\s*|["']\s*:\s*)"#;
    Regex::new(&format!(r#"(?i)((?:{names})[\w.\[\]-]*\\?{joined}\\?["']?)[^\s&"';$\\][^\s&"';\\]*"#)).ok()
});
/// A header of that kind.
static HEADER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names = IN_HEADERS.join("|");
    Regex::new(&format!(r#"(?i)((?:^|[\s"'])(?:[a-z][\w-]*)?(?:{names})[\w-]*:\s*(?:Bearer|Basic)?\s*)[^\s&"';$][^\s&"';]*"#)).ok()
});
/// An option of whatever program, with its value behind it: in the line that an error quotes, not in what it says of an option.
static IN_QUOTED_LINE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r#"(?i)("[^"]*\s-[\w-]*(?:{})[\w-]*\s+)[^\s"'$]+"#, IN_PARAMETERS.join("|"))).ok());
/// Who logs in, in an address and in an option.
static IN_ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"(://)[^\s/@:"'$]+:[^\s/@"']+@"#).ok());
static IN_OPTION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"((?:^|\s)(?:-u|--user|--proxy-user)[= ]?["']?)[^\s/@:"'$]+:[^\s/@"']+"#).ok());
/// A token of Matomo, wherever it stands.
static TOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b[0-9a-fA-F]{24,}\b").ok());

/// A text without the values of whatever tells by its name, or by its shape, that it gives access to something.
pub fn without_secrets(text: &str) -> String {
    let mut shown = text.to_owned();
    let hidden = [(&*PAIR, "${1}…"), (&*HEADER, "${1}…"), (&*IN_QUOTED_LINE, "${1}…"), (&*IN_ADDRESS, "${1}…@"), (&*IN_OPTION, "${1}…")];
    for (pattern, instead) in hidden {
        shown = pattern.as_ref().map_or_else(String::new, |pattern| pattern.replace_all(&shown, instead).into_owned());
    }
    TOKEN.as_ref().map_or_else(String::new, |pattern| pattern.replace_all(&shown, "…").into_owned())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("http://m.example/?module=A&token_auth=s3cret&a=b c", "http://m.example/?module=A&token_auth=…&a=b c")]
    #[case("-d 'token_auth=s3cret b'", "-d 'token_auth=… b'")]
    #[case("-F \"token_auth=s3cret;type=x\"", "-F \"token_auth=…;type=x\"")]
    #[case("token_auth[]=s3cret", "token_auth[]=…")]
    #[case("{\"token_auth\": \"s3cret\"}", "{\"token_auth\": \"…\"}")]
    #[case("{\\\"token_auth\\\": \\\"s3cret\\\"}", "{\\\"token_auth\\\": \\\"…\\\"}")]
    #[case("Authorization: Bearer s3cret", "Authorization: Bearer …")]
    #[case("X-Api-Key: s3cret", "X-Api-Key: …")]
    #[case("Cookie: MATOMO_SESSID=s3cret; a=b", "Cookie: MATOMO_SESSID=…; a=b")]
    #[case("form_password=s3cret&x=1", "form_password=…&x=1")]
    #[case("https://root:s3cret@m.example/", "https://…@m.example/")]
    #[case("curl -u root:s3cret x", "curl -u … x")]
    #[case("curl --user 'root:s3cret'", "curl --user '…'")]
    #[case("a deadbeefdeadbeefdeadbeefdeadbeef b", "a … b")]
    #[case("token_auth=$TOKEN_VIEW&module=API", "token_auth=$TOKEN_VIEW&module=API")]
    #[case("line 2: /x behind index.php cannot be repeated", "line 2: /x behind index.php cannot be repeated")]
    #[case("the variable BASE has no value: say --set BASE=VALUE", "the variable BASE has no value: say --set BASE=VALUE")]
    #[case("\"open --password s3cret x\" is nothing", "\"open --password … x\" is nothing")]
    #[case("--ask-password of wget cannot be repeated", "--ask-password of wget cannot be repeated")]
    #[case("--no-such-password: curl knows no option", "--no-such-password: curl knows no option")]
    #[case("--oauth2-token: curl knows no option", "--oauth2-token: curl knows no option")]
    #[case("an address such as http://m.example:8080/a?b=c:d", "an address such as http://m.example:8080/a?b=c:d")]
    fn only_what_gives_access_is_hidden(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(without_secrets(text), shown);
    }
}
