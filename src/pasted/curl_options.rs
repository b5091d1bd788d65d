//! The options of `curl`: which take a value, and which say something about the request.

use self::Role::{Beside, Refused, Tells};

/// What an option has to do with the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It says something about the request.
    Tells,
    /// It says nothing about the request.
    Beside,
    /// It says something that cannot be repeated, and why.
    Refused(&'static str),
}

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurlOption {
    /// Its letter.
    pub short: Option<char>,
    /// Its name.
    pub long: &'static str,
    /// Whether a value follows.
    pub takes_value: bool,
    /// What it has to do with the request.
    pub role: Role,
}

/// Stands for no letter.
const NONE: char = '\0';

const fn plain(short: char, long: &'static str, role: Role) -> CurlOption {
    CurlOption { short: if short == NONE { None } else { Some(short) }, long, takes_value: false, role }
}

const fn value(short: char, long: &'static str, role: Role) -> CurlOption {
    CurlOption { short: if short == NONE { None } else { Some(short) }, long, takes_value: true, role }
}

/// Options of newer releases than the one whose help the tests read.
#[cfg(test)]
const NEWER: [&str; 23] = [
    "ca-native",
    "dump-ca-embed",
    "ech",
    "follow",
    "haproxy-clientip",
    "ip-tos",
    "ipfs-gateway",
    "keepalive-cnt",
    "knownhosts",
    "mptcp",
    "out-null",
    "parallel-max-host",
    "proxy-ca-native",
    "proxy-http2",
    "sigalgs",
    "skip-existing",
    "ssl-sessions",
    "tls-earlydata",
    "trace-config",
    "trace-ids",
    "upload-flags",
    "variable",
    "vlan-priority",
];

/// Every option, by name.
pub static CURL_OPTIONS: [CurlOption; 273] = [
    value(NONE, "abstract-unix-socket", Beside),
    value(NONE, "alt-svc", Beside),
    plain(NONE, "anyauth", Refused("it logs in with several requests")),
    plain('a', "append", Beside),
    value(NONE, "aws-sigv4", Refused("it signs the request")),
    plain(NONE, "basic", Tells),
    plain(NONE, "ca-native", Beside),
    value(NONE, "cacert", Beside),
    value(NONE, "capath", Beside),
    value('E', "cert", Beside),
    plain(NONE, "cert-status", Beside),
    value(NONE, "cert-type", Beside),
    value(NONE, "ciphers", Beside),
    plain(NONE, "compressed", Tells),
    plain(NONE, "compressed-ssh", Beside),
    value('K', "config", Refused("it reads options from a file")),
    value(NONE, "connect-timeout", Beside),
    value(NONE, "connect-to", Beside),
    value('C', "continue-at", Refused("it asks for a part of the answer")),
    value('b', "cookie", Tells),
    value('c', "cookie-jar", Beside),
    plain(NONE, "create-dirs", Beside),
    value(NONE, "create-file-mode", Beside),
    plain(NONE, "crlf", Refused("it changes line ends")),
    value(NONE, "crlfile", Beside),
    value(NONE, "curves", Beside),
    value('d', "data", Tells),
    value(NONE, "data-ascii", Tells),
    value(NONE, "data-binary", Tells),
    value(NONE, "data-raw", Tells),
    value(NONE, "data-urlencode", Tells),
    value(NONE, "delegation", Beside),
    plain(NONE, "digest", Refused("it logs in with several requests")),
    plain('q', "disable", Beside),
    plain(NONE, "disable-eprt", Beside),
    plain(NONE, "disable-epsv", Beside),
    plain(NONE, "disallow-username-in-url", Beside),
    value(NONE, "dns-interface", Beside),
    value(NONE, "dns-ipv4-addr", Beside),
    value(NONE, "dns-ipv6-addr", Beside),
    value(NONE, "dns-servers", Beside),
    plain(NONE, "doh-cert-status", Beside),
    plain(NONE, "doh-insecure", Beside),
    value(NONE, "doh-url", Beside),
    plain(NONE, "dump-ca-embed", Beside),
    value('D', "dump-header", Beside),
    value(NONE, "ech", Beside),
    value(NONE, "egd-file", Beside),
    value(NONE, "engine", Beside),
    value(NONE, "etag-compare", Refused("it asks for what has changed since")),
    value(NONE, "etag-save", Beside),
    value(NONE, "expect100-timeout", Beside),
    plain('f', "fail", Beside),
    plain(NONE, "fail-early", Beside),
    plain(NONE, "fail-with-body", Beside),
    plain(NONE, "false-start", Beside),
    plain(NONE, "follow", Beside),
    value('F', "form", Tells),
    plain(NONE, "form-escape", Refused("it writes names in another way")),
    value(NONE, "form-string", Tells),
    value(NONE, "ftp-account", Beside),
    value(NONE, "ftp-alternative-to-user", Beside),
    plain(NONE, "ftp-create-dirs", Beside),
    value(NONE, "ftp-method", Beside),
    plain(NONE, "ftp-pasv", Beside),
    value('P', "ftp-port", Beside),
    plain(NONE, "ftp-pret", Beside),
    plain(NONE, "ftp-skip-pasv-ip", Beside),
    plain(NONE, "ftp-ssl-ccc", Beside),
    value(NONE, "ftp-ssl-ccc-mode", Beside),
    plain(NONE, "ftp-ssl-control", Beside),
    plain('G', "get", Tells),
    plain('g', "globoff", Tells),
    value(NONE, "happy-eyeballs-timeout-ms", Beside),
    value(NONE, "haproxy-clientip", Refused("it sends something before the request")),
    plain(NONE, "haproxy-protocol", Refused("it sends something before the request")),
    plain('I', "head", Tells),
    value('H', "header", Tells),
    value('h', "help", Refused("it sends nothing")),
    value(NONE, "hostpubmd5", Beside),
    value(NONE, "hostpubsha256", Beside),
    value(NONE, "hsts", Beside),
    plain(NONE, "http0.9", Beside),
    plain('0', "http1.0", Refused("it speaks HTTP/1.0")),
    plain(NONE, "http1.1", Beside),
    plain(NONE, "http2", Beside),
    plain(NONE, "http2-prior-knowledge", Beside),
    plain(NONE, "http3", Beside),
    plain(NONE, "http3-only", Beside),
    plain(NONE, "ignore-content-length", Beside),
    plain('i', "include", Beside),
    plain('k', "insecure", Beside),
    value(NONE, "interface", Beside),
    value(NONE, "ip-tos", Beside),
    value(NONE, "ipfs-gateway", Beside),
    plain('4', "ipv4", Beside),
    plain('6', "ipv6", Beside),
    value(NONE, "json", Tells),
    plain('j', "junk-session-cookies", Beside),
    value(NONE, "keepalive-cnt", Beside),
    value(NONE, "keepalive-time", Beside),
    value(NONE, "key", Beside),
    value(NONE, "key-type", Beside),
    value(NONE, "knownhosts", Beside),
    value(NONE, "krb", Beside),
    value(NONE, "libcurl", Beside),
    value(NONE, "limit-rate", Beside),
    plain('l', "list-only", Beside),
    value(NONE, "local-port", Beside),
    plain('L', "location", Beside),
    plain(NONE, "location-trusted", Beside),
    value(NONE, "login-options", Beside),
    value(NONE, "mail-auth", Beside),
    value(NONE, "mail-from", Beside),
    value(NONE, "mail-rcpt", Beside),
    plain(NONE, "mail-rcpt-allowfails", Beside),
    plain('M', "manual", Refused("it sends nothing")),
    value(NONE, "max-filesize", Beside),
    value(NONE, "max-redirs", Beside),
    value('m', "max-time", Beside),
    plain(NONE, "metalink", Refused("it sends nothing")),
    plain(NONE, "mptcp", Beside),
    plain(NONE, "negotiate", Refused("it logs in with several requests")),
    plain('n', "netrc", Refused("it takes a password from a file")),
    value(NONE, "netrc-file", Refused("it takes a password from a file")),
    plain(NONE, "netrc-optional", Refused("it takes a password from a file")),
    plain(':', "next", Tells),
    plain(NONE, "no-alpn", Beside),
    plain('N', "no-buffer", Beside),
    plain(NONE, "no-clobber", Beside),
    plain(NONE, "no-keepalive", Beside),
    plain(NONE, "no-npn", Beside),
    plain(NONE, "no-progress-meter", Beside),
    plain(NONE, "no-sessionid", Beside),
    value(NONE, "noproxy", Beside),
    plain(NONE, "ntlm", Refused("it logs in with several requests")),
    plain(NONE, "ntlm-wb", Refused("it logs in with several requests")),
    value(NONE, "oauth2-bearer", Tells),
    plain(NONE, "out-null", Beside),
    value('o', "output", Beside),
    value(NONE, "output-dir", Beside),
    plain('Z', "parallel", Beside),
    plain(NONE, "parallel-immediate", Beside),
    value(NONE, "parallel-max", Beside),
    value(NONE, "parallel-max-host", Beside),
    value(NONE, "pass", Beside),
    plain(NONE, "path-as-is", Tells),
    value(NONE, "pinnedpubkey", Beside),
    plain(NONE, "post301", Beside),
    plain(NONE, "post302", Beside),
    plain(NONE, "post303", Beside),
    value(NONE, "preproxy", Beside),
    plain('#', "progress-bar", Beside),
    value(NONE, "proto", Beside),
    value(NONE, "proto-default", Beside),
    value(NONE, "proto-redir", Beside),
    value('x', "proxy", Beside),
    plain(NONE, "proxy-anyauth", Beside),
    plain(NONE, "proxy-basic", Beside),
    plain(NONE, "proxy-ca-native", Beside),
    value(NONE, "proxy-cacert", Beside),
    value(NONE, "proxy-capath", Beside),
    value(NONE, "proxy-cert", Beside),
    value(NONE, "proxy-cert-type", Beside),
    value(NONE, "proxy-ciphers", Beside),
    value(NONE, "proxy-crlfile", Beside),
    plain(NONE, "proxy-digest", Beside),
    value(NONE, "proxy-header", Beside),
    plain(NONE, "proxy-http2", Beside),
    plain(NONE, "proxy-insecure", Beside),
    value(NONE, "proxy-key", Beside),
    value(NONE, "proxy-key-type", Beside),
    plain(NONE, "proxy-negotiate", Beside),
    plain(NONE, "proxy-ntlm", Beside),
    value(NONE, "proxy-pass", Beside),
    value(NONE, "proxy-pinnedpubkey", Beside),
    value(NONE, "proxy-service-name", Beside),
    plain(NONE, "proxy-ssl-allow-beast", Beside),
    plain(NONE, "proxy-ssl-auto-client-cert", Beside),
    value(NONE, "proxy-tls13-ciphers", Beside),
    value(NONE, "proxy-tlsauthtype", Beside),
    value(NONE, "proxy-tlspassword", Beside),
    value(NONE, "proxy-tlsuser", Beside),
    plain(NONE, "proxy-tlsv1", Beside),
    value('U', "proxy-user", Beside),
    value(NONE, "proxy1.0", Beside),
    plain('p', "proxytunnel", Beside),
    value(NONE, "pubkey", Beside),
    value('Q', "quote", Beside),
    value(NONE, "random-file", Beside),
    value('r', "range", Refused("it asks for a part of the answer")),
    value(NONE, "rate", Beside),
    plain(NONE, "raw", Beside),
    value('e', "referer", Tells),
    plain('J', "remote-header-name", Beside),
    plain('O', "remote-name", Beside),
    plain(NONE, "remote-name-all", Beside),
    plain('R', "remote-time", Beside),
    plain(NONE, "remove-on-error", Beside),
    value('X', "request", Tells),
    value(NONE, "request-target", Refused("it asks for another path than the address has")),
    value(NONE, "resolve", Beside),
    value(NONE, "retry", Beside),
    plain(NONE, "retry-all-errors", Beside),
    plain(NONE, "retry-connrefused", Beside),
    value(NONE, "retry-delay", Beside),
    value(NONE, "retry-max-time", Beside),
    value(NONE, "sasl-authzid", Beside),
    plain(NONE, "sasl-ir", Beside),
    value(NONE, "service-name", Beside),
    plain('S', "show-error", Beside),
    value(NONE, "sigalgs", Beside),
    plain('s', "silent", Beside),
    plain(NONE, "skip-existing", Beside),
    value(NONE, "socks4", Beside),
    value(NONE, "socks4a", Beside),
    value(NONE, "socks5", Beside),
    plain(NONE, "socks5-basic", Beside),
    plain(NONE, "socks5-gssapi", Beside),
    plain(NONE, "socks5-gssapi-nec", Beside),
    value(NONE, "socks5-gssapi-service", Beside),
    value(NONE, "socks5-hostname", Beside),
    value('Y', "speed-limit", Beside),
    value('y', "speed-time", Beside),
    plain(NONE, "ssl", Beside),
    plain(NONE, "ssl-allow-beast", Beside),
    plain(NONE, "ssl-auto-client-cert", Beside),
    plain(NONE, "ssl-no-revoke", Beside),
    plain(NONE, "ssl-reqd", Beside),
    plain(NONE, "ssl-revoke-best-effort", Beside),
    value(NONE, "ssl-sessions", Beside),
    plain('2', "sslv2", Beside),
    plain('3', "sslv3", Beside),
    value(NONE, "stderr", Beside),
    plain(NONE, "styled-output", Beside),
    plain(NONE, "suppress-connect-headers", Beside),
    plain(NONE, "tcp-fastopen", Beside),
    plain(NONE, "tcp-nodelay", Beside),
    value('t', "telnet-option", Beside),
    value(NONE, "tftp-blksize", Beside),
    plain(NONE, "tftp-no-options", Beside),
    value('z', "time-cond", Refused("it asks for what has changed since")),
    plain(NONE, "tls-earlydata", Beside),
    value(NONE, "tls-max", Beside),
    value(NONE, "tls13-ciphers", Beside),
    value(NONE, "tlsauthtype", Beside),
    value(NONE, "tlspassword", Beside),
    value(NONE, "tlsuser", Beside),
    plain('1', "tlsv1", Beside),
    plain(NONE, "tlsv1.0", Beside),
    plain(NONE, "tlsv1.1", Beside),
    plain(NONE, "tlsv1.2", Beside),
    plain(NONE, "tlsv1.3", Beside),
    plain(NONE, "tr-encoding", Beside),
    value(NONE, "trace", Beside),
    value(NONE, "trace-ascii", Beside),
    value(NONE, "trace-config", Beside),
    plain(NONE, "trace-ids", Beside),
    plain(NONE, "trace-time", Beside),
    value(NONE, "unix-socket", Beside),
    value('T', "upload-file", Refused("it uploads a file")),
    value(NONE, "upload-flags", Beside),
    value(NONE, "url", Tells),
    value(NONE, "url-query", Tells),
    plain('B', "use-ascii", Beside),
    value('u', "user", Tells),
    value('A', "user-agent", Tells),
    value(NONE, "variable", Refused("it sets a variable: use --set")),
    plain('v', "verbose", Beside),
    plain('V', "version", Refused("it sends nothing")),
    value(NONE, "vlan-priority", Beside),
    value('w', "write-out", Beside),
    plain(NONE, "xattr", Beside),
];

/// The option of a letter.
pub fn by_letter(letter: char) -> Option<&'static CurlOption> {
    CURL_OPTIONS.iter().find(|option| option.short == Some(letter))
}

/// The option of a name, which may be cut short where it stays clear; the second value says that it stands behind `no-`.
pub fn by_name(name: &str) -> Result<(&'static CurlOption, bool), String> {
    let exact = |name: &str| CURL_OPTIONS.iter().find(|option| option.long == name);
    if let Some(option) = exact(name) {
        return Ok((option, false));
    }
    if let Some(positive) = name.strip_prefix("no-")
        && let Ok((option, false)) = by_name(positive)
    {
        return if option.takes_value {
            Err(format!("curl takes no --no-{positive}: {positive} is no switch"))
        } else {
            Ok((option, true))
        };
    }
    let fits: Vec<_> = CURL_OPTIONS.iter().filter(|option| option.long.starts_with(name)).collect();
    match fits[..] {
        [option] => Ok((option, false)),
        [] => Err(format!("curl knows no option --{name}")),
        _ => Err(format!("--{name} may be --{} or --{}", fits[0].long, fits[1].long)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_has_each_letter_and_name_once() {
        assert!(CURL_OPTIONS.windows(2).all(|pair| pair[0].long < pair[1].long));
        let mut letters: Vec<_> = CURL_OPTIONS.iter().filter_map(|option| option.short).collect();
        letters.sort_unstable();
        assert!(letters.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn the_table_is_that_of_the_curl_of_this_machine() {
        let help = std::process::Command::new("curl").args(["--help", "all"]).output().expect("curl is installed");
        let help = String::from_utf8(help.stdout).expect("text");
        let mut seen = 0;
        for line in help.lines() {
            let Some((before, rest)) = line.split_once("--") else { continue };
            let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            let short = before.trim().strip_prefix('-').and_then(|letter| letter.chars().next());
            let takes_value = rest.starts_with(['<', '[']);
            let option = CURL_OPTIONS.iter().find(|option| option.long == name).unwrap_or_else(|| panic!("--{name} is not in the table"));
            assert_eq!((option.short, option.takes_value), (short, takes_value), "--{name}");
            seen += 1;
        }
        let gone: Vec<_> = CURL_OPTIONS.iter().map(|option| option.long).filter(|name| !help.contains(&format!("--{name} "))).collect();
        assert!(seen > 200, "{seen}");
        assert!(gone.iter().all(|name| NEWER.contains(name)), "{gone:?}");
    }

    #[test]
    fn names_may_be_cut_short_and_switches_turned_off() {
        assert_eq!(by_name("data-b").map(|(option, _)| option.long), Ok("data-binary"));
        assert_eq!(by_name("no-get").map(|(option, off)| (option.long, off)), Ok(("get", true)));
        assert_eq!(by_name("no-alpn").map(|(option, off)| (option.long, off)), Ok(("no-alpn", false)));
        assert!(by_name("dat").is_err() && by_name("no-data").is_err() && by_name("data=a").is_err());
    }
}
