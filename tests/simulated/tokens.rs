//! The one thing that no command may ever write: a token.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use walkdir::WalkDir;

use crate::support::program;

const FEW: &str = "--only default/*/url/dry/VisitsSummary.* --only flag/*/url/dry/VisitsSummary.*";

fn ended(mut command: Command) -> (i32, String) {
    let Output { status, stdout, stderr } = command.output().expect("it starts");
    (status.code().unwrap_or(-1), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}

/// Runs of exactly 32 hexadecimal digits, which every token, session and password of a run is, with what is around the first of them.
fn tokens_in(text: &str) -> Vec<String> {
    let is_digit = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    let digits = text.as_bytes().split(|byte| !is_digit(byte)).filter(|run| run.len() == 32);
    let digits = digits.map(|run| String::from_utf8_lossy(run).into_owned());
    // It belongs to nobody and stands in case ids.
    digits.filter(|run| run != "0123456789abcdef0123456789abcdef").collect()
}

/// Every file below a folder that has a token in it, but for the one that is meant to.
fn files_with_tokens(folder: &Path, known: &[String], meant: &Path) -> (usize, Vec<String>) {
    let files = WalkDir::new(folder).into_iter().flatten().filter(|entry| entry.file_type().is_file() && entry.path() != meant);
    let (mut read, mut found) = (0, Vec::new());
    for entry in files {
        let text = String::from_utf8_lossy(&fs::read(entry.path()).expect("it can be read")).into_owned();
        read += 1;
        let whole = known.iter().any(|token| text.contains(token.as_str()));
        if whole || !tokens_in(&text).is_empty() {
            found.push(entry.path().display().to_string());
        }
    }
    (read, found)
}

/// Tokens of a file that `serve --tokens` or `replay --keep` wrote.
fn exported(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let values =
        text.lines().filter_map(|line| line.strip_prefix("export ")?.split_once("='")).filter(|(name, _)| !name.starts_with("URL"));
    values.map(|(_, value)| value.trim_end_matches('\'').to_owned()).collect()
}

/// Ends what is served in the background for a test, also where it fails.
struct Served<'a>(&'a Path);

impl Drop for Served<'_> {
    fn drop(&mut self) {
        let _ = program().args(["clean", "--detached"]).env("TMPDIR", self.0).output();
    }
}

#[test]
fn no_command_writes_a_token_into_any_file_of_any_format() {
    let work = tempfile::tempdir().expect("a folder");
    let _served = Served(work.path());
    let files = work.path().join("files");
    fs::create_dir(&files).expect("a folder");
    let summary = files.join("summary.md");
    let run = |name: &str, codes: &[i32], args: &[&str]| {
        let mut command = program();
        command.args(args).current_dir(&files).env("TMPDIR", work.path()).stdin(Stdio::null());
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary);
        let (code, text) = ended(command);
        assert!(codes.contains(&code), "{name}: {code} {text}");
        fs::write(files.join(format!("{name}.terminal")), text).expect("a file");
    };
    let all = |folder: &str| {
        let kinds = [("--junit", "junit.xml"), ("--sarif", "out.sarif"), ("--markdown", "page.md")];
        kinds.iter().flat_map(|(option, file)| [(*option).to_owned(), format!("{folder}-{file}")]).collect::<Vec<_>>()
    };
    let with = |args: &[&str], more: &[String]| args.iter().map(|arg| (*arg).to_owned()).chain(more.iter().cloned()).collect::<Vec<_>>();
    let few: Vec<String> = FEW.split(' ').map(str::to_owned).collect();
    let go = |name: &str, codes: &[i32], args: &[&str], more: &[&[String]]| {
        let args = more.iter().fold(with(args, &[]), |args, more| [args, more.to_vec()].concat());
        run(name, codes, &args.iter().map(String::as_str).collect::<Vec<_>>());
    };
    let fault = ["--simulated=5.2+24103", "--fault", "super-guard-gone"];
    // Answers that show a token, where a fault makes one be shown, are in `observed` of every difference.
    go("check", &[2], &[&["check", "--output", "out"], &fault[..]].concat(), &[&few, &all("check")]);
    go("whole", &[0], &["check", "--simulated=6.0", "--output", "whole"], &[&all("whole")]);
    for shard in ["1/2", "2/2"] {
        let folder = format!("shard-{}", &shard[..1]);
        go("shard", &[0, 2], &[&["check", "--shard", shard, "--output", &folder], &fault[..]].concat(), &[&few]);
    }
    go("merge", &[2], &["merge", "shard-1", "shard-2", "--output", "merged"], &[&all("merge")]);
    go("report", &[0], &["report", "out"], &[&all("report")]);
    let sides = ["--base", "simulated:5.2", "--head", "simulated:5.2+24103:super-guard-gone"];
    go("compare", &[2], &[&["compare", "--output", "compared"], &sides[..]].concat(), &[&few]);
    let search = ["search", "--cases", "300", "--output", "search", "--corpus", "corpus"];
    go("search", &[2], &[&search[..], &fault[..]].concat(), &[]);
    go("replay", &[2], &[&["replay", "out"], &fault[..]].concat(), &[]);
    go("mutants", &[0], &["mutants", "--simulated=5.2", "--table"], &[]);
    go("endpoints", &[0], &["endpoints", "--simulated"], &[]);
    go("explain", &[0], &["explain", "default/super/url/dry/VisitsSummary.index"], &[]);

    // `serve` writes tokens into the file that was asked for, of mode 600, and `check --url` uses them.
    let tokens = files.join("tokens.env");
    go("serve", &[0], &["serve", "--simulated=5.2", "--tokens", "tokens.env", "--detach"], &[]);
    let known = exported(&tokens);
    assert!(known.len() >= 10, "{} tokens", known.len());
    assert!(known.iter().all(|token| tokens_in(token).len() == 1), "a token has another form than is searched for: {known:?}");
    let text = fs::read_to_string(&tokens).expect("the tokens");
    let url = text.lines().find_map(|line| line.strip_prefix("export URL_DEFAULT='")).expect("a URL").trim_end_matches('\'').to_owned();
    let attached = ["check", "--url", &url, "--tokens", "tokens.env", "--rate", "1000", "--rules-of", "5.2.0", "--output", "attached"];
    go("attached", &[0, 2, 4], &attached, &[&all("attached")]);
    assert_eq!(fs::metadata(&tokens).expect("the tokens").permissions().mode() & 0o777, 0o600);

    let (read, found) = files_with_tokens(&files, &known, &tokens);
    go("clean", &[0], &["clean", "--detached"], &[]);
    assert!(read > 40, "only {read} files were read");
    assert_eq!(found, Vec::<String>::new());
    // The search finds what it looks for: a token that it knows, and one that it does not.
    let planted = work.path().join("planted");
    fs::create_dir(&planted).expect("a folder");
    fs::write(planted.join("a"), format!("x{}y", known[0].to_uppercase().to_lowercase())).expect("a file");
    fs::write(planted.join("b"), "token_auth=00112233445566778899aabbccddeeff&x").expect("a file");
    assert_eq!(files_with_tokens(&planted, &known, &tokens).1.len(), 2);
}
