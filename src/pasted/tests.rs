//! Lines that people paste, each with exactly what it must become; and `curl` itself as the witness.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use rstest::rstest;

use super::*;
use crate::matomo::curl_line;
use crate::model::{Dispatch, Features, Names};
use crate::plan::{Breadth, Filter, exhaustive, slots};

fn read(text: &str) -> Result<Vec<Pasted>, String> {
    read_in(text, Path::new("."))
}

pub(super) fn read_in(text: &str, folder: &Path) -> Result<Vec<Pasted>, String> {
    let given = BTreeMap::from([
        ("GIVEN".to_owned(), "0123abcd".to_owned()),
        ("ADDRESS".to_owned(), "https://m.example/index.php?module=API".to_owned()),
    ]);
    let world = World::standard();
    Reading { given: &given, world: &world, folder, whole_file: false }.text(text)
}

/// A request in one line, without what a program says of itself.
fn told(request: &ExactRequest) -> String {
    let implied = |name: &str, value: &str| {
        (name == "User-Agent" && ["curl/", "Wget/", "HTTPie/"].iter().any(|known| value.starts_with(known)))
            || (name == "Accept" && value == "*/*")
            || (name == "Accept-Encoding" && ["identity", "gzip, deflate"].contains(&value))
            || value == "application/x-www-form-urlencoded"
    };
    let mut text = format!("{} {}", request.method.name(), request.target());
    for (name, value) in request.headers.iter().filter(|(name, value)| !implied(name, value)) {
        let _ = write!(text, " | {name}: {value}");
    }
    if request.body.is_some() {
        let _ = write!(text, " || {}", request.body_text());
    }
    text
}

const FORM_PARTS: &str = "POST /index.php | Content-Type: multipart/form-data; boundary=conformance-part || --conformance-part\r\n\
    Content-Disposition: form-data; name=\"token_auth\"\r\n\r\nT;=\r\n--conformance-part--\r\n";

#[rstest]
// Addresses alone.
#[case("https://m.example/matomo/index.php?module=A&action=b#x", "GET /index.php?module=A&action=b")]
#[case("http://m.example/?module=API&method=API.get", "GET /?module=API&method=API.get")]
#[case("m.example/piwik/index.php?module=A&x='<\">ü", "GET /index.php?module=A&x='<\">ü")]
#[case("index.php?module=A", "GET /index.php?module=A")]
#[case("/?module=A", "GET /?module=A")]
#[case("\"http://m.example/index.php?module=A\"", "GET /index.php?module=A")]
#[case("$URL_FLAG/index.php?module=A", "GET /index.php?module=A")]
#[case("//m.example/index.php?module=A", "GET /index.php?module=A")]
// Pages and forums.
#[case(
    "<iframe width=\"100%\" src=\"https://m.example/index.php?module=Widgetize&amp;action=iframe&amp;x=%26\" scrolling=\"yes\"></iframe>",
    "GET /index.php?module=Widgetize&action=iframe&x=%26"
)]
#[case("<div><iframe src='https://m.example/?module=A&action=b'></iframe></div>", "GET /?module=A&action=b")]
#[case("see [the graph](https://m.example/index.php?module=API&method=B.c \"x\")", "GET /index.php?module=API&method=B.c")]
#[case("![g](<https://m.example/index.php?module=A>)", "GET /index.php?module=A")]
// As it goes over the wire.
#[case(
    "GET /matomo/index.php?module=A&b=%2F HTTP/1.1\nHost: m.example\nCookie: a=b\nX-Requested-With: XMLHttpRequest\n\n",
    "GET /index.php?module=A&b=%2F | Cookie: a=b | X-Requested-With: XMLHttpRequest"
)]
#[case(
    "POST /index.php HTTP/2\r\nHost: m.example\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\nmodule=API\r\n",
    "POST /index.php || module=API"
)]
#[case("PUT http://m.example/index.php?module=A HTTP/1.0\n\na=b\n", "PUT /index.php?module=A || a=b")]
#[case("GET https://m.example/index.php?module=A&b=c", "GET /index.php?module=A&b=c")]
#[case("POST /index.php?module=A\nContent-Type: application/x-www-form-urlencoded\n\nb=c", "POST /index.php?module=A || b=c")]
#[case("<img src=\"https://m.example/index.php?module=A&amp;b=c\" alt=\"\" />", "GET /index.php?module=A&b=c")]
// curl: where the parameters stand.
#[case(
    "curl -ik 'http://m.example/index.php?module=API&method=API.getMatomoVersion&token_auth=I_DONT_EXIST'",
    "GET /index.php?module=API&method=API.getMatomoVersion&token_auth=I_DONT_EXIST"
)]
#[case(
    "curl http://m.example/index.php -H \"Authorization: Bearer TOKEN\" -d \"module=API\" -d \"format=json\"",
    "POST /index.php | Authorization: Bearer TOKEN || module=API&format=json"
)]
#[case(
    "curl -sS --get \"http://m.example/index.php\" --data-urlencode \"module=API\" --data-urlencode \"token_auth=a b\"",
    "GET /index.php?module=API&token_auth=a+b"
)]
#[case("curl -G http://m.example/?a=1 -d b=2", "GET /?a=1&b=2")]
#[case("curl -dtoken_auth=T http://m.example/", "POST / || token_auth=T")]
#[case("curl -sSLkd a=b http://m.example/", "POST / || a=b")]
#[case("curl -H'Authorization: Bearer T' http://m.example/", "GET / | Authorization: Bearer T")]
#[case("curl -XPOST http://m.example/", "POST /")]
#[case("curl -X GET http://m.example/ -d a=b", "GET / || a=b")]
#[case("curl --data=a=b http://m.example/", "POST / || a=b")]
#[case("curl --data-b a=b http://m.example/", "POST / || a=b")]
#[case("curl --data-urlencode 'a b&c' http://m.example/", "POST / || a+b%26c")]
#[case("curl --data-urlencode '=a b' http://m.example/", "POST / || a+b")]
#[case("curl --data-urlencode 'n=é/' http://m.example/", "POST / || n=%C3%A9%2F")]
#[case("curl --data-urlencode @form.txt http://m.example/", "POST / || a%3D1%0D%0Ab%3D2%0A")]
#[case("curl --data-urlencode n@form.txt http://m.example/", "POST / || n=a%3D1%0D%0Ab%3D2%0A")]
#[case("curl -d @form.txt http://m.example/", "POST / || a=1b=2")]
#[case("curl --data-binary @form.txt http://m.example/", "POST / || a=1\r\nb=2\n")]
#[case("curl --data-raw @form.txt http://m.example/", "POST / || @form.txt")]
#[case("curl --url-query 'a=b c' http://m.example/?x", "GET /?x&a=b+c")]
#[case(
    "curl --json '{\"token_auth\":\"T\"}' http://m.example/",
    "POST / | Accept: application/json | Content-Type: application/json || {\"token_auth\":\"T\"}"
)]
#[case(
    "curl -F token_auth=T http://m.example/ --form-string 'x=a;b'",
    "POST / | Content-Type: multipart/form-data; boundary=conformance-part || --conformance-part\r\nContent-Disposition: form-data; name=\"token_auth\"\r\n\r\nT\r\n--conformance-part\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\na;b\r\n--conformance-part--\r\n"
)]
#[case("curl -F 'token_auth=\"T;=\"' http://m.example/index.php", FORM_PARTS)]
#[case("curl --form-string 'token_auth=T;=' http://m.example/index.php", FORM_PARTS)]
#[case(
    "curl -F 'f=<form.txt' http://m.example/",
    "POST / | Content-Type: multipart/form-data; boundary=conformance-part || --conformance-part\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\na=1\r\nb=2\n\r\n--conformance-part--\r\n"
)]
// curl: who asks.
#[case("curl --oauth2-bearer T http://m.example/", "GET / | Authorization: Bearer T")]
#[case("curl --user 'root:xxx' 'http://m.example/index.php?module=API'", "GET /index.php?module=API | Authorization: Basic cm9vdDp4eHg=")]
#[case("curl http://u:p%40@m.example/", "GET / | Authorization: Basic dTpwQA==")]
#[case("curl -b 'MATOMO_SESSID=x; a=b' -c jar http://m.example/", "GET / | Cookie: MATOMO_SESSID=x; a=b")]
#[case("curl -b a=b -H 'Cookie: c=d' http://m.example/", "GET / | Cookie: c=d")]
#[case("curl -A '' -H 'Accept:' http://m.example/", "GET /")]
#[case("curl -H 'X-Empty;' -H 'X-Gone:' -e 'http://r/;auto' http://m.example/", "GET / | Referer: http://r/ | X-Empty: ")]
#[case("curl -H @headers.txt http://m.example/", "GET / | X-One: 1 | X-Two: 2")]
#[case("curl -H 'Host: other' -H 'Connection: keep-alive' -H 'Accept-Language: de' http://m.example/", "GET / | Accept-Language: de")]
// curl: what stands around it.
#[case("$ curl -s http://m.example/ | jq .", "GET /")]
#[case("# curl http://m.example/ > out.html 2>&1", "GET /")]
#[case("me@host:/var$ curl http://m.example/ # what I tried", "GET /")]
#[case("curl.exe -sS ^\n  ^\"http://m.example/?a=1^&b=^%^20^\" ^\n  -H ^\"X: y^\"", "GET /?a=1&b=%20 | X: y")]
#[case(
    "curl 'http://m.example/' \\\n  -H 'accept: text/html' \\\n  --data-raw $'a=it\\'s\\u0026b' \\\n  --compressed",
    "POST / | Accept-Encoding: deflate, gzip | accept: text/html || a=it's&b"
)]
#[case("curl http://m.example/?module=A&action=b", "GET /?module=A")]
#[case("curl -fsS http://m.example/ && echo done; echo more", "GET /")]
#[case("TOKEN=abc\ncurl \"http://m.example/?token_auth=$TOKEN\"", "GET /?token_auth=abc")]
#[case(
    "curl ${MATOMO_BASE}'/?module=API&format=JSON' -d 'token_auth='${NO_SUCH_TOKEN}",
    "POST /?module=API&format=JSON || token_auth=$NO_SUCH_TOKEN"
)]
#[case("curl -fsS \"$ADDRESS\" --data-urlencode \"token_auth=$GIVEN\" -o \"$out\"", "POST /index.php?module=API || token_auth=0123abcd")]
#[case("curl -G \"$URL_DEFAULT/index.php\" -d 'token_auth=$TOKEN_VIEW'", "GET /index.php?token_auth=$TOKEN_VIEW")]
#[case("curl 'http://m.example/?urls[]=a&b={c}'", "GET /?urls[]=a&b=c")]
#[case("curl -g 'http://m.example/?a={b,c}'", "GET /?a={b,c}")]
#[case("```sh\n$ curl 'http://m.example/?module=A'\n```", "GET /?module=A")]
#[case("`curl http://m.example/?module=A`", "GET /?module=A")]
#[case("(http://m.example/index.php?module=A)", "GET /index.php?module=A")]
#[case("http://m.example/index.php?module=A&x='", "GET /index.php?module=A&x='")]
#[case("sudo curl http://m.example/?module=A", "GET /?module=A")]
#[case("while true; do curl http://m.example/?module=A; done", "GET /?module=A")]
#[case("& curl.exe 'http://m.example/?module=A'", "GET /?module=A")]
#[case("curl.exe -s `\r\n  -d 'a=b' `\r\n  'http://m.example/?module=A'", "POST /?module=A || a=b")]
#[case("\"C:\\\\bin\\\\curl.exe\" \"http://m.example/?module=A&b=c\"", "GET /?module=A&b=c")]
#[case("curl \"http://m.example/?token_auth=$NO_SUCH_TOKEN\"", "GET /?token_auth=$NO_SUCH_TOKEN")]
#[case("curl http://[::1]:8080/index.php?module=A", "GET /index.php?module=A")]
#[case("xh post m.example/index.php module==A", "POST /index.php?module=A")]
#[case("curl 'http://m.example/?module=A&amp;action=b'", "GET /?module=A&amp;action=b")]
#[case("curl -m 5 --connect-timeout 3 --retry 2 -w '%{http_code}' -o /dev/null http://m.example/", "GET /")]
#[case("curl http://m.example/a/../matomo/./index.php?x=..%2f", "GET /index.php?x=..%2f")]
#[case("curl -I http://m.example/", "HEAD /")]
#[case("curl -X PUT -d a=b http://m.example/", "PUT / || a=b")]
#[case("curl -k --no-progress-meter --no-get http://m.example/", "GET /")]
#[case("/usr/bin/curl http://m.example/", "GET /")]
// wget and HTTPie.
#[case("wget -qO- 'http://m.example/index.php?module=A&x=a b\"é'", "GET /index.php?module=A&x=a%20b%22%C3%A9")]
#[case(
    "wget --post-data 'token_auth=T' --header='X-Requested-With: XMLHttpRequest' http://m.example/",
    "POST / | X-Requested-With: XMLHttpRequest || token_auth=T"
)]
#[case("wget --header 'Authorization: Bearer T' --no-check-certificate -O /dev/null http://m.example/", "GET / | Authorization: Bearer T")]
#[case("wget --user=a --password=b http://m.example/", "GET /")]
#[case("wget --user=a --password=b --auth-no-challenge http://m.example/", "GET / | Authorization: Basic YTpi")]
#[case(
    "http -f POST m.example/index.php module=API token_auth=T X-Requested-With:XMLHttpRequest",
    "POST /index.php | Content-Type: application/x-www-form-urlencoded; charset=utf-8 | X-Requested-With: XMLHttpRequest || module=API&token_auth=T"
)]
#[case("http m.example/index.php module==API 'a==b c'", "GET /index.php?module=API&a=b+c")]
#[case(
    "https POST m.example/ token_auth=T n:=1",
    "POST / | Accept: application/json, */*;q=0.5 | Content-Type: application/json || {\"token_auth\": \"T\", \"n\": 1}"
)]
#[case("http -A bearer -a T :8080/index.php", "GET /index.php | Authorization: Bearer T")]
fn each_line_becomes_exactly_this_request(#[case] line: &str, #[case] request: &str) {
    let work = tempfile::tempdir().expect("a folder");
    std::fs::write(work.path().join("form.txt"), "a=1\r\nb=2\n").expect("a file");
    std::fs::write(work.path().join("headers.txt"), "X-One: 1\nX-Two: 2\n").expect("a file");
    let read = read_in(line, work.path()).unwrap_or_else(|why| panic!("{line}: {why}"));
    assert_eq!(read.len(), 1, "{line}");
    assert_eq!(told(&read[0].request), request, "{line}");
}

#[rstest]
#[case(
    "curl 'http://m.example/matomo.php?idsite=6&rec=1&token_auth=TOKEN'",
    "matomo.php is the tracker, which has no Module.Action gate: there is nothing to judge"
)]
#[case("https://m.example/js/container_x.js", "js/container_x.js belongs to the tracker")]
#[case("curl http://m.example/index.php/x?module=A", "/x behind index.php cannot be repeated")]
#[case("curl -H 'Authorization: Bearer \u{1}zzz' http://m.example/", "HTTP cannot carry '\\u{1}' in the header")]
#[case("curl --oauth2-bearer \u{1} http://m.example/", "HTTP cannot carry the header Authorization")]
#[case("curl -X DELETE http://m.example/", "the method DELETE cannot be repeated")]
#[case("curl -T file http://m.example/", "-T cannot be repeated: it uploads a file")]
#[case("curl -K config http://m.example/", "-K cannot be repeated: it reads options from a file")]
#[case("curl --digest -u a:b http://m.example/", "--digest cannot be repeated")]
#[case("curl --no-such-option http://m.example/", "curl knows no option --no-such-option")]
#[case("curl --dat a http://m.example/", "--dat may be --data or --data-ascii")]
#[case("curl -d", "nothing stands behind -d")]
#[case("curl -i", "the line has no address")]
#[case("curl -d @none.txt http://m.example/", "cannot read @none.txt")]
#[case("curl -d @- http://m.example/", "@- reads standard input, which cannot be repeated")]
#[case("curl -b jar.txt http://m.example/", "reads cookies from a file")]
#[case("curl -F f=@x http://m.example/", "it uploads a file")]
#[case("curl -F 'a=b;type=x/y' http://m.example/", "is no part of the value")]
#[case("curl -I -d a http://m.example/", "more than one of -I, -d and -F")]
#[case("curl 'http://m.example/?a=b c'", "has ' ' in it")]
#[case("curl 'http://m.example/?a=[idSite]'", "[idSite] is no range: give -g")]
#[case("curl -G -d 'a b' http://m.example/", "use --data-urlencode")]
#[case("curl \"$NO_SUCH_ADDRESS\"", "the variable NO_SUCH_ADDRESS has no value")]
#[case("curl \"http://m.example/?module=$NO_SUCH_THING\"", "the variable NO_SUCH_THING has no value: say --set NO_SUCH_THING=VALUE")]
#[case("curl http://m.example/ -d \"idSite=$NO_SUCH_SITE\"", "say --set NO_SUCH_SITE=VALUE")]
#[case("curl http://m.example/ -H \"X: $NO_SUCH_X\"", "say --set NO_SUCH_X=VALUE")]
#[case("curl \"http://m.example/?d=$(date)\"", "$(…) cannot be repeated")]
#[case("curl 'http://m.example/", "a quote ' is not closed")]
#[case("curl -H 'Transfer-Encoding: chunked' http://m.example/", "Transfer-Encoding cannot be repeated")]
#[case("curl -H 'Authorization: a' -H 'Authorization: b' http://m.example/", "two headers Authorization cannot be repeated")]
#[case("curl -H 'X_Requested_With: XMLHttpRequest' http://m.example/", "servers differ in whether it is x-requested-with")]
#[case("wget -i list.txt", "-i of wget cannot be repeated")]
#[case("wget --load-cookies jar http://m.example/", "--load-cookies of wget cannot be repeated")]
#[case("http m.example/ f@x", "reads a file")]
#[case("POST /index.php HTTP/1.1\nHost: m.example\nContent-Length: 99\n\nmodule=API", "some of it is missing")]
#[case("GET /index.php?module=A HTTP/1.1\nHost m.example\n", "line 2: \"Host m.example\" is no header")]
#[case("DELETE /index.php?module=A HTTP/1.1\nHost: m.example\n", "the method DELETE cannot be repeated")]
#[case("POST /matomo.php HTTP/1.1\nHost: m.example\n\nidsite=1", "matomo.php is the tracker")]
#[case("<iframe src=\"https://m.example/index.php/x?module=A\"></iframe>", "/x behind index.php cannot be repeated")]
#[case("<img src=\"https://m.example/matomo.php?idsite=1&amp;rec=1\" alt=\"\" />", "matomo.php is the tracker")]
#[case("curl ftp://m.example/", "neither http")]
#[case("curl –d a=b http://m.example/", "\"–d\" begins with '–', which some page or editor has put in place of -")]
#[case("curl “http://m.example/?module=A”", "in place of \"")]
#[case("curl http://m.example/ -d ‘token_auth=T’", "begins with '‘'")]
#[case("curl a=b http://m.example/", "\"a=b\" has '=' where an address has its host")]
#[case("sudo -u www-data curl http://m.example/?module=A", "curl stands behind \"sudo -u www-data\"")]
#[case("docker exec matomo curl -s http://m.example/?module=A", "curl stands behind \"docker exec matomo\"")]
#[case("curl http://m.example/?a=b(c)", "an unquoted ( ends no word")]
#[case("curl -F 'a=\"b\";type=x' http://m.example/", "its quotes do not end with it")]
#[case("curl -K - http://m.example/", "-K cannot be repeated: it reads options from a file")]
#[case("curl --variable a=b --expand-url 'http://m.example/?{{a}}'", "--variable cannot be repeated")]
#[case("curl --request-target /x http://m.example/", "--request-target cannot be repeated")]
fn what_cannot_be_repeated_is_named_with_the_word(#[case] line: &str, #[case] why: &str) {
    let error = read(line).expect_err("an error");
    assert!(error.contains(why), "{line}: {error}");
}

#[rstest]
#[case("curl http://m.example/?a=1&token_auth=T", "lost is \"&token_auth=T\"")]
#[case("curl http://m.example/ | jq .", "cut off: | jq .")]
#[case("curl 'http://m.example/?module=A&amp;action=b'", "&amp; is sent as it stands")]
#[case("http://m.example/index.php?module=A&action=b.", "'.' at its end is sent too")]
#[case("curl --data=x http://m.example/", "curl itself takes no --data=VALUE")]
fn what_is_cut_off_or_read_otherwise_is_said(#[case] line: &str, #[case] note: &str) {
    let read = read(line).expect("it is read");
    assert!(read[0].notes.iter().any(|said| said.contains(note)), "{:?}", read[0].notes);
}

#[test]
fn one_line_may_be_several_requests() {
    let targets = |line: &str| read(line).expect("it is read").iter().map(|one| told(&one.request)).collect::<Vec<_>>();
    assert_eq!(targets("curl http://m.example/?1 --url http://m.example/?2 -d x"), ["POST /?1 || x", "POST /?2 || x"]);
    assert_eq!(targets("curl http://m.example/?1 --next -d x http://m.example/?2"), ["GET /?1", "POST /?2 || x"]);
    assert_eq!(targets("curl 'http://m.example/?{a,b}[1-2]'").len(), 4);
    assert_eq!(targets("curl http://m.example/?1\ncurl http://m.example/?2"), ["GET /?1", "GET /?2"]);
    assert_eq!(targets("http://m.example/?1\n\nhttp://m.example/?2"), ["GET /?1", "GET /?2"]);
}

const WIDGET: &str = "http://m.example/index.php?module=Widgetize&action=iframe";

#[rstest]
#[case("curl http://m.example/?1\n<iframe src=\"URL&amp;a=1\"></iframe>\ncurl http://m.example/?2", &["1 GET /?1", "2 GET W&a=1", "3 GET /?2"])]
#[case("curl http://m.example/?1 \\\n  -d x\n<iframe\n  width=5\n  src='URL'>\n</iframe>", &["1 POST /?1 || x", "5 GET W"])]
#[case("curl http://m.example/?1\nURL\nindex.php?module=A&b=c", &["1 GET /?1", "2 GET W", "3 GET /index.php?module=A&b=c"])]
#[case("1. [this](URL)\n2. then\n3. <URL&x>\ncurl http://m.example/?1", &["1 GET W", "3 GET W&x", "4 GET /?1"])]
#[case("URL\n<a href=\"URL&amp;b=1\">URL&amp;b=1</a>\n\nhttp://m.example/?2", &["1 GET W", "2 GET W&b=1"])]
#[case("<p>text</p>\n<img src=URL>\n<script src='/index.php?module=Proxy&amp;action=getCoreJs'></script>",
    &["2 GET W", "3 GET /index.php?module=Proxy&action=getCoreJs"])]
#[case("local A=http://m.example/index.php\ncurl \"$A\"\nfi\nrm -f x", &["2 GET /index.php"])]
#[case("curl -vi 'http://m.example/index.php?module=A'\n> GET /index.php?module=A HTTP/1.1\n> Referer: http://m.example/index.php?x\n* Issue another request to this URL: 'URL'\n< Location: URL\nLocation: URL\n{\"a\":1}", &["1 GET /index.php?module=A"])]
#[case("curl.exe ^\n \"http://m.example/?1\"\n<iframe src=\"URL&amp;a=1\"></iframe>\nURL", &["1 GET /?1", "3 GET W&a=1", "4 GET W"])]
#[case("curl 'http://m.example/?1' -d '<iframe src=\"URL\">'", &["1 POST /?1 || <iframe src=\"http://m.example/index.php?module=Widgetize&action=iframe\">"])]
fn lines_of_several_kinds_in_one_text_are_all_read(#[case] text: &str, #[case] requests: &[&str]) {
    let read = read(&text.replace("URL", WIDGET)).unwrap_or_else(|why| panic!("{text}: {why}"));
    let line = |one: &Pasted| one.place.as_deref().and_then(|place| place.strip_prefix("line ")).unwrap_or("1").to_owned();
    let all: Vec<String> = read.iter().map(|one| format!("{} {}", line(one), told(&one.request))).collect();
    let wanted: Vec<String> = requests.iter().map(|one| one.replace("GET W", "GET /index.php?module=Widgetize&action=iframe")).collect();
    assert_eq!(all, wanted, "{text}");
}

#[rstest]
#[case("curl http://m.example/?1\nopen 'URL'", "line 2: ")]
#[case("curl http://m.example/?1\nThen go to URL and look", "line 2: ")]
#[case("curl http://m.example/?1\nGET /index.php?module=A HTTP/1.1\nHost: m.example", "line 2: ")]
#[case("curl http://m.example/?1\n192.0.2.1 - - [01/Nov/2026:00:00:00 +0000] \"GET /index.php?module=A HTTP/1.1\" 200 1", "line 2: ")]
#[case("<iframe src=\"URL\"></iframe>\nand URL too", "line 2: ")]
#[case("<iframe src=\"URL\"></iframe>\n<form action=\"index.php?module=Login\">", "line 2: ")]
#[case("open 'URL'; curl http://m.example/?1", "stands in front of the request")]
#[case("curl http://m.example/?1\necho 'URL' | xargs wget", "line 2: ")]
#[case("curl http://m.example/?1\nhttp://m.example/matomo.php?idsite=1", "line 2: matomo.php is the tracker")]
#[case("curl.exe \"http://m.example/?1\"\nstart \"\" \"URL\"", "line 2: ")]
#[case("GET /index.php?module=A HTTP/1.1\nHost: a\n\nGET /index.php?module=B HTTP/1.1\nHost: a", "line 4: another request begins here")]
#[case(
    "POST /index.php?module=A HTTP/1.1\nContent-Length: 3\n\na=1\n\nGET /index.php?module=B HTTP/1.1",
    "another request stands behind the 3 bytes"
)]
fn a_line_that_may_be_a_request_is_never_dropped(#[case] text: &str, #[case] why: &str) {
    let error = read(&text.replace("URL", WIDGET)).expect_err("an error");
    assert!(error.contains(why), "{text}: {error}");
}

#[rstest]
#[case("", "nothing in it")]
#[case("\n\n \n", "nothing in it")]
#[case("http://m.example/\nnot an address", "line 2: \"not an address\" is neither")]
#[case("curl http://m.example/\ncurl -X DELETE http://m.example/", "line 2: the method DELETE")]
fn a_text_that_is_none_of_it_is_an_error_with_its_line(#[case] text: &str, #[case] why: &str) {
    let error = read(text).expect_err("an error");
    assert!(error.contains(why), "{error}");
}

#[test]
fn a_line_of_a_megabyte_is_refused_with_its_number() {
    let text = format!("curl http://m.example/\ncurl http://m.example/?{}", "a".repeat(1 << 20));
    assert!(read(&text).expect_err("an error").starts_with("line 2: it has 1048"));
}

#[test]
fn parameters_are_added_only_where_neither_url_nor_body_has_them() {
    let completed = |line: &str| {
        let mut request = read(line).expect("it is read").remove(0).request;
        let added = complete(&mut request);
        (request.query.unwrap_or_default(), added)
    };
    assert_eq!(completed("curl http://m.example/?module=A").0, "module=A&idSite=1&period=day&date=today");
    let (query, added) = completed("curl http://m.example/?period=week -d idSite=2");
    assert_eq!((query.as_str(), added.as_deref()), ("period=week&date=today", Some("date=today")));
    assert_eq!(completed("curl 'http://m.example/?idSite=&period=x&date=y'").1, None);
}

#[test]
fn every_line_of_a_report_is_read_back() {
    let names = Names { endpoints: [("CoreHome.index".to_owned(), crate::model::EndpointKind::Controller)].into(), ..Names::default() };
    let plan = exhaustive(&names, &Features::of_version("6.0.0"), slots(&names, true), Breadth::Default, &Filter::default(), 1);
    let mut seen = 0;
    for case in &plan.cases {
        let (slot, mut request) = (plan.slot(*case).name, plan.request(*case));
        // No argument of a program can have the byte 0, which a part of a body may.
        if matches!(&request.body, Some(crate::model::Body::Multipart(form)) if form.contains("%00")) {
            continue;
        }
        let line = curl_line(slot, &request);
        let exact = read(&line).unwrap_or_else(|why| panic!("{line}: {why}")).remove(0).request;
        let read_back = exact.view();
        // The type of a body without any text is all that is lost.
        if request.body.as_ref().is_some_and(|body| body.text().is_empty()) {
            request.body.clone_from(&read_back.body);
        }
        assert_eq!(read_back, request, "{line}");
        assert_eq!(exact.slot.as_deref(), Some(slot.to_uppercase().replace('-', "_").as_str()), "{line}");
        // And the line of the exact request is the same request once more.
        let again = read(&exact.curl_line(slot)).unwrap_or_else(|why| panic!("{}: {why}", exact.curl_line(slot))).remove(0).request;
        assert_eq!((again.view(), again.target()), (exact.view(), exact.target()), "{line}");
        seen += 1;
    }
    assert!(seen > 3000, "{seen}");
}

#[test]
fn a_dry_request_of_a_report_stays_dry() {
    let read = read("curl -H 'X-Conformance-Dispatch: dry' -A '' http://m.example/").expect("it is read");
    assert_eq!(read[0].request.view().dispatch, Dispatch::Dry);
}
